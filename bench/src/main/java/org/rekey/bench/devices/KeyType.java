package org.rekey.bench.devices;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import org.rekey.verifier.key.CryptoProvider;

/// The keys that devices have, and how each signs an auth request.
enum KeyType {
  ED25519,
  P256,
  RSA2048;

  KeyPair generate() {
    return switch (this) {
      case ED25519 -> generate("Ed25519", NamedParameterSpec.ED25519);
      case P256 -> generate("EC", new ECGenParameterSpec("secp256r1"));
      case RSA2048 -> generate("RSA", new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4));
    };
  }

  private static KeyPair generate(String algorithm, AlgorithmParameterSpec parameters) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(parameters);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(algorithm + ": cannot be made (expected: by every JDK)", e);
    }
  }

  /// ECDSA in DER, RSA by PKCS #1 v1.5, both with SHA-256; Ed25519 over the message itself.
  byte[] sign(PrivateKey key, byte[] message) {
    try {
      Signature signature = CryptoProvider.preferred().signature(jcaName());
      signature.initSign(key);
      signature.update(message);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(this + ": cannot sign", e);
    }
  }

  String jcaName() {
    return switch (this) {
      case ED25519 -> "Ed25519";
      case P256 -> "SHA256withECDSA";
      case RSA2048 -> "SHA256withRSA";
    };
  }
}
