package org.rekey.agent.key;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.DSAEncoding;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.RSADigestSigner;

/// A private key that was read from a file.
///
/// BouncyCastle makes the signatures, by its own interface and registered nowhere: devices have
/// curves that the JDK has dropped.
record InMemory(PrivateKeyInfo pkcs8, AsymmetricKeyParameter key) implements PrivateHalf {

  @Override
  public byte[] sign(byte[] message, DSAEncoding ecdsa) {
    Signer signer =
        switch (key) {
          case Ed25519PrivateKeyParameters _ -> new Ed25519Signer();
          case RSAKeyParameters _ -> new RSADigestSigner(new SHA256Digest());
          default -> new DSADigestSigner(new ECDSASigner(), new SHA256Digest(), ecdsa);
        };
    signer.init(true, key);
    signer.update(message, 0, message.length);
    try {
      return signer.generateSignature();
    } catch (CryptoException e) {
      throw new IllegalStateException("signature: cannot be made", e);
    }
  }

  /// The JDK knows not all keys that BouncyCastle does.
  @Override
  public PrivateKey forTls() throws GeneralSecurityException {
    String algorithm =
        switch (key) {
          case Ed25519PrivateKeyParameters _ -> "Ed25519";
          case RSAKeyParameters _ -> "RSA";
          default -> "EC";
        };
    try {
      return KeyFactory.getInstance(algorithm)
          .generatePrivate(new PKCS8EncodedKeySpec(pkcs8.getEncoded("DER")));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public String pem() {
    try {
      return Pem.of("PRIVATE KEY", pkcs8.getEncoded("DER"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public String toString() {
    return "InMemory[hidden]";
  }
}
