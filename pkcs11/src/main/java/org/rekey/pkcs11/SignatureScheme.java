package org.rekey.pkcs11;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/// What tokens are asked to sign with.
public enum SignatureScheme {
  RSA_PKCS1_SHA256("SHA-256"),
  /// r‖s, as all that follow with an elliptic curve of Weierstraß's.
  ECDSA_SHA256("SHA-256"),
  ECDSA_SHA384("SHA-384"),
  ECDSA_SHA512("SHA-512"),
  ED25519("");

  private final String hash;

  SignatureScheme(String hash) {
    this.hash = hash;
  }

  byte[] digest(byte[] input) {
    try {
      return MessageDigest.getInstance(hash).digest(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(hash + ": missing (expected: in every JDK)", e);
    }
  }
}
