package org.rekey.bench.token;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import org.rekey.verifier.key.Alg;

/// The keys that a ring may hold, and the sizes of RSA that people use.
public enum KeyKind {
  RS256_2048(Alg.RS256),
  RS256_3072(Alg.RS256),
  ES256(Alg.ES256),
  ES384(Alg.ES384),
  ES512(Alg.ES512),
  EDDSA(Alg.EDDSA);

  private final Alg alg;

  KeyKind(Alg alg) {
    this.alg = alg;
  }

  Alg alg() {
    return alg;
  }

  /// A new pair, made by the JDK.
  KeyPair generate() {
    return switch (this) {
      case RS256_2048 ->
          generate("RSA", new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4));
      case RS256_3072 ->
          generate("RSA", new RSAKeyGenParameterSpec(3072, RSAKeyGenParameterSpec.F4));
      case ES256 -> generate("EC", new ECGenParameterSpec("secp256r1"));
      case ES384 -> generate("EC", new ECGenParameterSpec("secp384r1"));
      case ES512 -> generate("EC", new ECGenParameterSpec("secp521r1"));
      case EDDSA -> generate("Ed25519", NamedParameterSpec.ED25519);
    };
  }

  private static KeyPair generate(String type, AlgorithmParameterSpec parameters) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
      generator.initialize(parameters);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(type + ": cannot be made (expected: by every JDK)", e);
    }
  }

  @Override
  public String toString() {
    return name().replace('_', ' ').replace("EDDSA", "EdDSA");
  }
}
