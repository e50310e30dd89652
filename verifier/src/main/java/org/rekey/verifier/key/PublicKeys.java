package org.rekey.verifier.key;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Public keys from their X.509 form, by the JDK's own parsers.
public final class PublicKeys {
  private static final int MAX_X509 = 4096;
  private static final List<String> TYPES = List.of("RSA", "EC", "Ed25519", "ML-DSA");

  private PublicKeys() {}

  /// Empty when the bytes are not one SubjectPublicKeyInfo (DER) of a known type, exactly.
  public static Optional<PublicKey> parse(byte[] x509) {
    if (x509.length > MAX_X509) {
      return Optional.empty();
    }
    return TYPES.stream().flatMap(type -> parse(type, x509).stream()).findFirst();
  }

  private static Optional<PublicKey> parse(String type, byte[] x509) {
    try {
      var key = KeyFactory.getInstance(type).generatePublic(new X509EncodedKeySpec(x509));
      return Arrays.equals(key.getEncoded(), x509) ? Optional.of(key) : Optional.empty();
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }
}
