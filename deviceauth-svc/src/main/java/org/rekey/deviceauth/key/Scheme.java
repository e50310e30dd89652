package org.rekey.deviceauth.key;

import java.security.PublicKey;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;

/// How one key checks signatures. False for everything that is no valid signature.
sealed interface Scheme {
  boolean verifies(byte[] message, byte[] signature);

  /// RSASSA-PKCS1-v1_5 with SHA-256.
  record Rsa(PublicKey key) implements Scheme {
    @Override
    public boolean verifies(byte[] message, byte[] signature) {
      return CryptoProvider.preferred()
          .verify(Alg.RS256, key, message, 0, message.length, signature);
    }
  }

  /// Pure Ed25519, over the message itself.
  record Ed25519(PublicKey key) implements Scheme {
    @Override
    public boolean verifies(byte[] message, byte[] signature) {
      return CryptoProvider.preferred()
          .verify(Alg.EDDSA, key, message, 0, message.length, signature);
    }
  }

  /// ECDSA with SHA-256, whatever the curve; the signature in DER.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Ecdsa(EcCurve curve, byte[] point) implements Scheme {
    @Override
    public boolean verifies(byte[] message, byte[] signature) {
      return curve.verifies(point, message, signature);
    }
  }
}
