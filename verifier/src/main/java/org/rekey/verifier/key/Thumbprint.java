package org.rekey.verifier.key;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.stream.Collectors.joining;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.Base64;

/// The name of a public key by its value: RFC 7638 (RFC 8037 for Ed25519, RFC 9964 for ML-DSA),
/// SHA-256, base64url without padding.
public final class Thumbprint {
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private Thumbprint() {}

  /// For RSA, EC (P-256, P-384, P-521), Ed25519 and ML-DSA keys; others have no thumbprint here and
  /// are an error.
  public static String of(PublicKey key) {
    // The names are in their order, and neither they nor the values need escapes.
    var json =
        PublicJwk.of(key).entrySet().stream()
            .map(member -> "\"%s\":\"%s\"".formatted(member.getKey(), member.getValue()))
            .collect(joining(",", "{", "}"));
    return BASE64URL.encodeToString(sha256(json));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: missing (expected: in every JDK)", e);
    }
  }
}
