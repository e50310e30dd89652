package org.rekey.gateway.rest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.http.HttpServerRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/// Entity tags made of what is answered (RFC 9110 §8.8.3): the same bytes have the same tag at
/// every gateway.
final class EntityTags {
  private static final int BYTES = 18;

  private EntityTags() {}

  static String of(String body) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(body.getBytes(UTF_8));
      return '"'
          + Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, BYTES))
          + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: missing (expected: in every JDK)", e);
    }
  }

  /// Whether the client has it already: `If-None-Match`, by weak comparison.
  static boolean isKnown(HttpServerRequest request, String tag) {
    return request.headers().getAll("If-None-Match").stream()
        .flatMap(header -> Arrays.stream(header.split(",")))
        .map(String::strip)
        .anyMatch(known -> known.equals("*") || known.equals(tag) || known.equals("W/" + tag));
  }
}
