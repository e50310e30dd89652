package org.rekey.agent.token;

import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Security;
import java.security.SignatureException;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECParameterSpec;
import org.jspecify.annotations.Nullable;
import org.rekey.pkcs11.KeyInToken;
import org.rekey.pkcs11.SignatureScheme;
import org.rekey.pkcs11.TokenUnavailableException;
import org.rekey.pkcs11.UnusableTokenKeyException;

/// A key in a token as the JDK wants private keys: an object without the key in it.
public abstract sealed class TokenPrivateKey implements PrivateKey {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // refused below
  private final KeyInToken key;

  private TokenPrivateKey(KeyInToken key) {
    this.key = key;
  }

  /// Whoever asks the JDK for a signature with it gets one from now on.
  public static TokenPrivateKey of(KeyInToken key) {
    if (Security.getProvider(TokenProvider.NAME) == null) {
      var _ = Security.addProvider(new TokenProvider());
    }
    return switch (key.publicKey()) {
      case RSAKey rsa -> new Rsa(key, rsa.getModulus());
      case ECKey ec -> new Ec(key, ec.getParams());
      default -> new Edwards(key);
    };
  }

  byte[] sign(SignatureScheme scheme, byte[] message) throws SignatureException {
    try {
      return key.sign(scheme, message);
    } catch (UnusableTokenKeyException e) {
      throw new SignatureException(e.why(), e);
    } catch (TokenUnavailableException e) {
      throw new SignatureException(e.why(), e);
    }
  }

  PublicKey publicKey() {
    return key.publicKey();
  }

  @Override
  public String getAlgorithm() {
    return key.publicKey().getAlgorithm();
  }

  @Override
  public @Nullable String getFormat() {
    return null;
  }

  @Override
  public byte @Nullable [] getEncoded() {
    return null;
  }

  private void writeObject(java.io.ObjectOutputStream out) throws java.io.IOException {
    throw new java.io.NotSerializableException("a key in a token");
  }

  private void readObject(java.io.ObjectInputStream in) throws java.io.IOException {
    throw new java.io.NotSerializableException("a key in a token");
  }

  @Override
  public String toString() {
    return "TokenPrivateKey[" + key.name() + "]";
  }

  /// Its size decides on the schemes that it can sign with.
  private static final class Rsa extends TokenPrivateKey implements RSAKey {
    private static final long serialVersionUID = 1L;
    private final BigInteger modulus;

    private Rsa(KeyInToken key, BigInteger modulus) {
      super(key);
      this.modulus = modulus;
    }

    @Override
    public BigInteger getModulus() {
      return modulus;
    }

    @Override
    public @Nullable AlgorithmParameterSpec getParams() {
      return null;
    }
  }

  /// And so does its curve.
  private static final class Ec extends TokenPrivateKey implements ECKey {
    private static final long serialVersionUID = 1L;
    private final transient ECParameterSpec curve;

    private Ec(KeyInToken key, ECParameterSpec curve) {
      super(key);
      this.curve = curve;
    }

    @Override
    public ECParameterSpec getParams() {
      return curve;
    }
  }

  private static final class Edwards extends TokenPrivateKey {
    private static final long serialVersionUID = 1L;

    private Edwards(KeyInToken key) {
      super(key);
    }
  }
}
