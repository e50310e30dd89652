package org.rekey.verifier.token;

import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// SHA-256 of a client's certificate: `x5t#S256` of RFC 8705 section 3.1.
///
/// @param text base64url without padding, in its one canonical form
public record CertificateThumbprint(String text) {
  public static final int BYTES = 32;
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  /// Throws for a text that is not one.
  public CertificateThumbprint {
    if (!isCanonical(text)) {
      throw new IllegalArgumentException(
          "x5t#S256: not 32 bytes (expected: 43 characters of base64url)");
    }
  }

  /// Empty unless it is the text of 32 bytes and could not be written otherwise.
  public static Optional<CertificateThumbprint> parse(String text) {
    return isCanonical(text) ? Optional.of(new CertificateThumbprint(text)) : Optional.empty();
  }

  /// What a client has shown, as bytes on the wire.
  ///
  /// @param sha256 empty for a client that has shown no certificate
  /// @return null for that
  public static @Nullable CertificateThumbprint of(byte[] sha256) {
    return sha256.length == 0 ? null : new CertificateThumbprint(BASE64URL.encodeToString(sha256));
  }

  /// The 32 bytes.
  public byte[] sha256() {
    return Base64.getUrlDecoder().decode(text);
  }

  private static boolean isCanonical(String text) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(text);
      return bytes.length == BYTES && BASE64URL.encodeToString(bytes).equals(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
