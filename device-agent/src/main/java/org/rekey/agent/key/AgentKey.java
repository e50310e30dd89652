package org.rekey.agent.key;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.DSAEncoding;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.RSADigestSigner;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;

/// A device's private key with its public half. Kept in memory and in its file, told to nobody.
///
/// BouncyCastle makes the signatures, by its own interface and registered nowhere: devices have
/// curves that the JDK has dropped.
public final class AgentKey {
  private final PrivateKeyInfo pkcs8;
  private final AsymmetricKeyParameter privateKey;
  private final AsymmetricKeyParameter publicKey;
  private final byte[] publicDer;

  private AgentKey(
      PrivateKeyInfo pkcs8, AsymmetricKeyParameter privateKey, AsymmetricKeyParameter publicKey)
      throws IOException {
    this.pkcs8 = pkcs8;
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    this.publicDer =
        SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(publicKey).getEncoded("DER");
  }

  public static AgentKey generate(KeyType type) {
    try {
      return of(PrivateKeyInfo.getInstance(type.generate().getPrivate().getEncoded()));
    } catch (UnusableKey e) {
      throw new AssertionError(e);
    }
  }

  /// The Ed25519 key with these 32 bytes.
  public static AgentKey ofSeed(byte[] seed) {
    Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(seed);
    try {
      return of(org.bouncycastle.crypto.util.PrivateKeyInfoFactory.createPrivateKeyInfo(key, null));
    } catch (IOException | UnusableKey e) {
      throw new AssertionError(e);
    }
  }

  static AgentKey of(PrivateKeyInfo pkcs8) throws UnusableKey {
    try {
      AsymmetricKeyParameter key = PrivateKeyFactory.createKey(pkcs8);
      AsymmetricKeyParameter publicKey =
          switch (key) {
            case Ed25519PrivateKeyParameters ed25519 -> ed25519.generatePublicKey();
            case RSAPrivateCrtKeyParameters rsa ->
                new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent());
            case ECPrivateKeyParameters ec ->
                new ECPublicKeyParameters(
                    ec.getParameters().getG().multiply(ec.getD()).normalize(), ec.getParameters());
            default ->
                throw new UnusableKey(
                    "a key of another type (expected: Ed25519, RSA or an elliptic curve)");
          };
      return new AgentKey(pkcs8, key, publicKey);
    } catch (IOException | RuntimeException e) {
      // BouncyCastle says by runtime exceptions what is no structure of the kind.
      throw new UnusableKey("not a private key in DER");
    }
  }

  /// SubjectPublicKeyInfo, PEM, as it stands in auth requests.
  public String publicPem() {
    return Pem.of("PUBLIC KEY", publicDer);
  }

  /// PKCS#8, PEM. A secret.
  String privatePem() {
    try {
      return Pem.of("PRIVATE KEY", pkcs8.getEncoded("DER"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// For the TLS of the JDK, which knows not all keys that BouncyCastle does.
  public PrivateKey forTls() throws GeneralSecurityException {
    String algorithm =
        switch (privateKey) {
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

  /// As auth requests are signed: pure Ed25519; RSASSA-PKCS1-v1_5 or ECDSA in DER, with SHA-256
  /// whatever the curve.
  public byte[] sign(byte[] message) {
    return sign(message, StandardDSAEncoding.INSTANCE);
  }

  byte[] sign(byte[] message, DSAEncoding ecdsa) {
    Signer signer =
        switch (privateKey) {
          case Ed25519PrivateKeyParameters _ -> new Ed25519Signer();
          case RSAKeyParameters _ -> new RSADigestSigner(new SHA256Digest());
          default -> new DSADigestSigner(new ECDSASigner(), new SHA256Digest(), ecdsa);
        };
    signer.init(true, privateKey);
    signer.update(message, 0, message.length);
    try {
      return signer.generateSignature();
    } catch (CryptoException e) {
      throw new IllegalStateException("signature: cannot be made", e);
    }
  }

  AsymmetricKeyParameter publicKey() {
    return publicKey;
  }

  /// SubjectPublicKeyInfo, DER.
  public byte[] publicDer() {
    return publicDer.clone();
  }

  /// Whether both are the same pair.
  @Override
  public boolean equals(Object other) {
    return other instanceof AgentKey key && Arrays.equals(publicDer, key.publicDer);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(publicDer);
  }

  @Override
  public String toString() {
    return "AgentKey[" + publicKey.getClass().getSimpleName() + "]";
  }
}
