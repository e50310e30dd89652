package org.rekey.agent.key;

import java.io.IOException;
import java.math.BigInteger;
import java.security.PrivateKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import org.bouncycastle.crypto.signers.DSAEncoding;
import org.bouncycastle.crypto.signers.PlainDSAEncoding;
import org.rekey.agent.AgentFailure;
import org.rekey.agent.token.TokenPrivateKey;
import org.rekey.pkcs11.KeyInToken;
import org.rekey.pkcs11.SignatureScheme;
import org.rekey.pkcs11.TokenUnavailableException;
import org.rekey.pkcs11.UnusableTokenKeyException;

/// A private key that never leaves its token.
record InToken(KeyInToken key) implements PrivateHalf {

  @Override
  public byte[] sign(byte[] message, DSAEncoding ecdsa) {
    try {
      return switch (key.publicKey()) {
        case RSAKey _ -> key.sign(SignatureScheme.RSA_PKCS1_SHA256, message);
        case ECKey ec -> {
          BigInteger order = ec.getParams().getOrder();
          BigInteger[] numbers =
              PlainDSAEncoding.INSTANCE.decode(
                  order, key.sign(SignatureScheme.ECDSA_SHA256, message));
          yield ecdsa.encode(order, numbers[0], numbers[1]);
        }
        default -> key.sign(SignatureScheme.ED25519, message);
      };
    } catch (UnusableTokenKeyException e) {
      throw new AgentFailure(e.why(), e);
    } catch (TokenUnavailableException e) {
      throw new AgentFailure(e.why(), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new AgentFailure(
          key.name() + ": its token gives signatures that are none (expected: r and s)", e);
    }
  }

  @Override
  public PrivateKey forTls() {
    return TokenPrivateKey.of(key);
  }

  @Override
  public String pem() {
    throw new IllegalStateException(key.name() + ": it does not leave its token");
  }
}
