package org.rekey.gateway.rest;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Name and password by HTTP Basic (RFC 7617).
record BasicCredentials(String name, String password) {
  static Optional<BasicCredentials> of(@Nullable String header) {
    if (header == null || !header.regionMatches(true, 0, "Basic ", 0, 6)) {
      return Optional.empty();
    }
    String pair;
    try {
      byte[] bytes = Base64.getDecoder().decode(header.substring(6).trim());
      pair = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      return Optional.empty();
    }
    int colon = pair.indexOf(':');
    return colon <= 0
        ? Optional.empty()
        : Optional.of(new BasicCredentials(pair.substring(0, colon), pair.substring(colon + 1)));
  }

  /// As OAuth clients send them: each form-encoded before they become one pair (RFC 6749 §2.3.1).
  static Optional<BasicCredentials> ofClient(@Nullable String header) {
    return of(header)
        .flatMap(
            pair ->
                Percent.decodeForm(pair.name())
                    .flatMap(
                        id ->
                            Percent.decodeForm(pair.password())
                                .map(secret -> new BasicCredentials(id, secret))));
  }

  @Override
  public String toString() {
    return "BasicCredentials[…]";
  }
}
