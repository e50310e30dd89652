package org.rekey.deviceauth.key;

import java.io.IOException;
import java.io.StringReader;
import java.util.Base64;
import java.util.Optional;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/// SubjectPublicKeyInfo as PEM text.
public final class KeyPem {
  private static final String TYPE = "PUBLIC KEY";
  private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(64, new byte[] {'\n'});

  private KeyPem() {}

  /// The bytes of the first block, if it is a public key.
  static Optional<byte[]> decode(String text) {
    try (PemReader reader = new PemReader(new StringReader(text))) {
      PemObject block = reader.readPemObject();
      return block != null && block.getType().equals(TYPE) && block.getHeaders().isEmpty()
          ? Optional.of(block.getContent())
          : Optional.empty();
    } catch (IOException | RuntimeException e) {
      // BouncyCastle says by runtime exceptions what is no Base64.
      return Optional.empty();
    }
  }

  /// Lines of 64 columns, with a final line feed.
  public static String encode(byte[] x509) {
    return "-----BEGIN "
        + TYPE
        + "-----\n"
        + BASE64.encodeToString(x509)
        + "\n-----END "
        + TYPE
        + "-----\n";
  }
}
