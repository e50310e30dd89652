package org.rekey.agent.key;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.util.Arrays;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.signers.DSAEncoding;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.rekey.pkcs11.KeyInToken;

/// A device's private key with its public half. Kept in memory and in its file, or in a token; told
/// to nobody.
public final class AgentKey {
  private final PrivateHalf privateHalf;
  private final AsymmetricKeyParameter publicKey;
  private final byte[] publicDer;

  private AgentKey(PrivateHalf privateHalf, AsymmetricKeyParameter publicKey) throws IOException {
    this.privateHalf = privateHalf;
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
      return new AgentKey(new InMemory(pkcs8, key), publicKey);
    } catch (IOException | RuntimeException e) {
      // BouncyCastle says by runtime exceptions what is no structure of the kind.
      throw new UnusableKey("not a private key in DER");
    }
  }

  /// @throws UnusableKey when its curve is none that devices have
  static AgentKey of(KeyInToken key) throws UnusableKey {
    try {
      return new AgentKey(
          new InToken(key), PublicKeyFactory.createKey(key.publicKey().getEncoded()));
    } catch (IOException | RuntimeException e) {
      throw new UnusableKey("not a public key in DER");
    }
  }

  /// SubjectPublicKeyInfo, PEM, as it stands in auth requests.
  public String publicPem() {
    return Pem.of("PUBLIC KEY", publicDer);
  }

  /// PKCS#8, PEM. A secret. Not for keys in tokens.
  String privatePem() {
    return privateHalf.pem();
  }

  /// For the TLS of the JDK.
  public PrivateKey forTls() throws GeneralSecurityException {
    return privateHalf.forTls();
  }

  /// As auth requests are signed: pure Ed25519; RSASSA-PKCS1-v1_5 or ECDSA in DER, with SHA-256
  /// whatever the curve.
  ///
  /// @throws org.rekey.agent.AgentFailure when the key is in a token that cannot be reached
  public byte[] sign(byte[] message) {
    return sign(message, StandardDSAEncoding.INSTANCE);
  }

  byte[] sign(byte[] message, DSAEncoding ecdsa) {
    return privateHalf.sign(message, ecdsa);
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
