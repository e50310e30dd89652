package org.rekey.artifact;

import java.util.Base64;
import java.util.Optional;

/// The text of `manifest.sig`: standard base64. Written on one line; read as Mender's tools read
/// it, which let line ends be.
final class SignatureText {
  private SignatureText() {}

  static String write(byte[] signature) {
    return Base64.getEncoder().encodeToString(signature);
  }

  /// Empty for anything but base64 with its padding.
  static Optional<byte[]> read(String text) {
    var joined = text.replace("\n", "").replace("\r", "");
    if (joined.isEmpty() || joined.length() % 4 != 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(Base64.getDecoder().decode(joined));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
