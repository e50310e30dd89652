package org.rekey.agent.key;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;

/// The keys that the agent makes. It uses others too, if somebody puts them there.
public enum KeyType {
  ED25519,
  P256,
  /// 3072 bits, as the Go client makes them.
  RSA;

  private static final int RSA_BITS = 3072;

  KeyPair generate() {
    try {
      return switch (this) {
        case ED25519 -> KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        case P256 -> {
          KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
          generator.initialize(new ECGenParameterSpec("secp256r1"));
          yield generator.generateKeyPair();
        }
        case RSA -> {
          KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
          generator.initialize(RSA_BITS);
          yield generator.generateKeyPair();
        }
      };
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
