package org.rekey.agent.key;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import org.bouncycastle.crypto.signers.DSAEncoding;

/// What signs for a device, wherever it is.
sealed interface PrivateHalf permits InMemory, InToken {

  /// Pure Ed25519; RSASSA-PKCS1-v1_5 or ECDSA with SHA-256, whatever the curve.
  ///
  /// @param ecdsa how the two numbers of such a signature are written
  /// @throws org.rekey.agent.AgentFailure when the key is elsewhere and cannot be reached
  byte[] sign(byte[] message, DSAEncoding ecdsa);

  /// For the TLS of the JDK.
  PrivateKey forTls() throws GeneralSecurityException;

  /// PKCS#8, PEM. A secret.
  String pem();
}
