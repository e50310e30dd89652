package org.rekey.keystore.pkcs11;

import java.security.PublicKey;
import org.rekey.keystore.key.KeyUnavailableException;
import org.rekey.keystore.key.PublicHalf;
import org.rekey.keystore.key.SigningKey;
import org.rekey.pkcs11.KeyInToken;
import org.rekey.pkcs11.SignatureScheme;
import org.rekey.pkcs11.TokenUnavailableException;
import org.rekey.pkcs11.UnusableTokenKeyException;
import org.rekey.verifier.key.Alg;

/// A ring's key that is in a token. Every signature is checked before it is given out: a token that
/// was exchanged for one with the same names must not sign for a kid that means another key.
public final class TokenKey implements SigningKey {
  private final KeyInToken key;
  private final PublicHalf publicHalf;

  TokenKey(KeyInToken key, PublicHalf publicHalf) {
    this.key = key;
    this.publicHalf = publicHalf;
  }

  @Override
  public PublicKey publicKey() {
    return publicHalf.key();
  }

  @Override
  public Alg alg() {
    return publicHalf.alg();
  }

  @Override
  public String thumbprint() {
    return publicHalf.thumbprint();
  }

  @Override
  public Store store() {
    return Store.PKCS11;
  }

  @Override
  public byte[] sign(byte[] input) throws KeyUnavailableException {
    byte[] signature;
    try {
      signature = key.sign(scheme(), input);
    } catch (UnusableTokenKeyException e) {
      throw new KeyUnavailableException(e.why());
    } catch (TokenUnavailableException e) {
      throw new KeyUnavailableException(e.why());
    }
    if (!alg().verify(publicKey(), input, signature)) {
      throw new KeyUnavailableException(
          "%s: it signs with another key than it did (was the token exchanged?)"
              .formatted(key.name()));
    }
    return signature;
  }

  /// r‖s of ECDSA is the form of JWS too.
  private SignatureScheme scheme() {
    return switch (alg()) {
      case RS256 -> SignatureScheme.RSA_PKCS1_SHA256;
      case ES256 -> SignatureScheme.ECDSA_SHA256;
      case ES384 -> SignatureScheme.ECDSA_SHA384;
      case ES512 -> SignatureScheme.ECDSA_SHA512;
      case EDDSA -> SignatureScheme.ED25519;
      case ML_DSA_44, ML_DSA_65, ML_DSA_87 ->
          throw new IllegalStateException(alg() + " (expected: RSA, EC or Ed25519)");
    };
  }

  @Override
  public String toString() {
    return "TokenKey[" + key.name() + ", " + alg().jwsName() + ", " + thumbprint() + "]";
  }
}
