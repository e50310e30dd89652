package org.rekey.agent.token;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.InvalidParameterException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.security.interfaces.ECKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.PSSParameterSpec;
import org.bouncycastle.crypto.signers.PlainDSAEncoding;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.jspecify.annotations.Nullable;
import org.rekey.pkcs11.SignatureScheme;

/// One signature by a key in a token.
final class TokenSignature extends SignatureSpi {
  private final String algorithm;
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();
  private @Nullable TokenPrivateKey key;
  private @Nullable PSSParameterSpec pss;

  TokenSignature(String algorithm) {
    this.algorithm = algorithm;
  }

  @Override
  protected void engineInitSign(PrivateKey privateKey) throws InvalidKeyException {
    if (!(privateKey instanceof TokenPrivateKey ours)) {
      throw new InvalidKeyException("not in a token");
    }
    key = ours;
    message.reset();
  }

  @Override
  protected void engineInitVerify(PublicKey publicKey) throws InvalidKeyException {
    throw new InvalidKeyException("only signs");
  }

  @Override
  protected void engineUpdate(byte b) {
    message.write(b);
  }

  @Override
  protected void engineUpdate(byte[] bytes, int offset, int length) {
    message.write(bytes, offset, length);
  }

  @Override
  protected byte[] engineSign() throws SignatureException {
    TokenPrivateKey signing = key;
    if (signing == null) {
      throw new SignatureException("not initialized");
    }
    byte[] input = message.toByteArray();
    message.reset();
    byte[] signature = signing.sign(scheme(), input);
    return signing.publicKey() instanceof ECKey ec
        ? der(ec.getParams().getOrder(), signature)
        : signature;
  }

  private SignatureScheme scheme() throws SignatureException {
    return switch (algorithm) {
      case "RSASSA-PSS" -> pssScheme();
      case "SHA256withRSA" -> SignatureScheme.RSA_PKCS1_SHA256;
      case "SHA384withRSA" -> SignatureScheme.RSA_PKCS1_SHA384;
      case "SHA512withRSA" -> SignatureScheme.RSA_PKCS1_SHA512;
      case "SHA256withECDSA" -> SignatureScheme.ECDSA_SHA256;
      case "SHA384withECDSA" -> SignatureScheme.ECDSA_SHA384;
      case "SHA512withECDSA" -> SignatureScheme.ECDSA_SHA512;
      default -> SignatureScheme.ED25519;
    };
  }

  private SignatureScheme pssScheme() throws SignatureException {
    PSSParameterSpec parameters = pss;
    return switch (parameters == null ? "" : parameters.getDigestAlgorithm()) {
      case "SHA-256" -> SignatureScheme.RSA_PSS_SHA256;
      case "SHA-384" -> SignatureScheme.RSA_PSS_SHA384;
      case "SHA-512" -> SignatureScheme.RSA_PSS_SHA512;
      default ->
          throw new SignatureException("RSASSA-PSS: no hash (expected: SHA-256, 384 or 512)");
    };
  }

  private static byte[] der(BigInteger order, byte[] plain) throws SignatureException {
    try {
      BigInteger[] numbers = PlainDSAEncoding.INSTANCE.decode(order, plain);
      return StandardDSAEncoding.INSTANCE.encode(order, numbers[0], numbers[1]);
    } catch (IOException | IllegalArgumentException e) {
      throw new SignatureException("the token's signature is not r and s", e);
    }
  }

  @Override
  protected boolean engineVerify(byte[] signature) throws SignatureException {
    throw new SignatureException("only signs");
  }

  @Override
  protected void engineSetParameter(@Nullable AlgorithmParameterSpec parameters)
      throws InvalidAlgorithmParameterException {
    if (parameters == null) {
      return;
    }
    if (!algorithm.equals("RSASSA-PSS") || !(parameters instanceof PSSParameterSpec given)) {
      throw new InvalidAlgorithmParameterException(algorithm + ": takes no parameters");
    }
    pss = given;
  }

  @Override
  protected @Nullable AlgorithmParameters engineGetParameters() {
    return null;
  }

  @Deprecated
  @Override
  protected void engineSetParameter(String name, Object value) {
    throw new InvalidParameterException(name);
  }

  @Deprecated
  @Override
  protected Object engineGetParameter(String name) {
    throw new InvalidParameterException(name);
  }
}
