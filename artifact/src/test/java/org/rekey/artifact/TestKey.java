package org.rekey.artifact;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;

/// Keys of the tests.
enum TestKey {
  RSA("RSA", "2048"),
  OTHER_RSA("RSA", "2048"),
  SHORT_RSA("RSA", "1024"),
  EC("EC", "secp256r1"),
  OTHER_EC("EC", "secp256r1"),
  P384("EC", "secp384r1"),
  ED25519("Ed25519", "");

  @SuppressWarnings("ImmutableEnumChecker") // nobody changes it
  private final KeyPair pair;

  TestKey(String algorithm, String parameter) {
    try {
      var generator = KeyPairGenerator.getInstance(algorithm);
      switch (algorithm) {
        case "RSA" -> generator.initialize(Integer.parseInt(parameter));
        case "EC" -> generator.initialize(new ECGenParameterSpec(parameter));
        default -> {}
      }
      pair = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  String pem() {
    return pem("PUBLIC KEY", pair.getPublic().getEncoded());
  }

  /// PKCS#8.
  String privatePem() {
    return pem("PRIVATE KEY", pair.getPrivate().getEncoded());
  }

  private static String pem(String type, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(type, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), type);
  }

  /// As an artifact is signed with such a key.
  byte[] sign(byte[] manifest) {
    return switch (this) {
      case RSA, OTHER_RSA, SHORT_RSA -> sign("SHA256withRSA", manifest);
      case EC, OTHER_EC, P384 -> sign("SHA256withECDSAinP1363Format", manifest);
      case ED25519 -> sign("Ed25519", manifest);
    };
  }

  byte[] sign(String algorithm, byte[] manifest) {
    try {
      var signature = Signature.getInstance(algorithm);
      if (algorithm.equals("RSASSA-PSS")) {
        signature.setParameter(
            new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
      }
      signature.initSign(pair.getPrivate());
      signature.update(manifest);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  String signText(byte[] manifest) {
    return Base64.getEncoder().encodeToString(sign(manifest));
  }
}
