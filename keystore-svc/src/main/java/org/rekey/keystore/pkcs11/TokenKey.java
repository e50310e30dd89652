package org.rekey.keystore.pkcs11;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Arrays;
import org.rekey.keystore.key.KeyUnavailableException;
import org.rekey.keystore.key.Passphrase;
import org.rekey.keystore.key.PublicHalf;
import org.rekey.keystore.key.SigningKey;
import org.rekey.keystore.key.UnusableKeyException;
import org.rekey.verifier.key.Alg;

/// A private key that stays in its token. Every signature is checked before it is given out: a
/// token that was exchanged for one with the same names must not sign for a kid that means another
/// key.
public final class TokenKey implements SigningKey {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// DER of DigestInfo up to the digest itself (RFC 8017, section 9.2).
  private static final byte[] SHA_256_DIGEST_INFO = {
    0x30,
    0x31,
    0x30,
    0x0d,
    0x06,
    0x09,
    0x60,
    (byte) 0x86,
    0x48,
    0x01,
    0x65,
    0x03,
    0x04,
    0x02,
    0x01,
    0x05,
    0x00,
    0x04,
    0x20
  };

  private final Pkcs11Uri uri;
  private final Module module;
  private final Passphrase pin;
  private final PublicHalf publicHalf;

  TokenKey(Pkcs11Uri uri, Module module, Passphrase pin, PublicHalf publicHalf) {
    this.uri = uri;
    this.module = module;
    this.pin = pin;
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
      signature =
          module.call(
              uri.tokenText(),
              PATIENCE,
              cryptoki ->
                  module
                      .token(uri)
                      .inSession(cryptoki, pin, (_, session) -> signed(cryptoki, session, input)));
    } catch (UnusableKeyException e) {
      throw new KeyUnavailableException(e.why());
    }
    if (!alg().verify(publicKey(), input, signature)) {
      throw new KeyUnavailableException(
          "%s: it signs with another key than it did (was the token exchanged?)"
              .formatted(uri.key()));
    }
    return signature;
  }

  private byte[] signed(Cryptoki cryptoki, Token.Session session, byte[] input)
      throws CryptokiException, UnusableKeyException {
    var key = session.keys().get(uri.key());
    if (key == null) {
      key = TokenObjects.privateKey(cryptoki, session.handle(), uri);
      session.keys().put(uri.key(), key);
    }
    return switch (alg()) {
      case RS256 ->
          cryptoki.mechanisms(session.slot()).contains(Cryptoki.CKM_SHA256_RSA_PKCS)
              ? cryptoki.sign(session.handle(), Cryptoki.CKM_SHA256_RSA_PKCS, key, input)
              : cryptoki.sign(
                  session.handle(),
                  Cryptoki.CKM_RSA_PKCS,
                  key,
                  digestInfo(digest("SHA-256", input)));
      case ES256 -> ecdsa(cryptoki, session, key, digest("SHA-256", input));
      case ES384 -> ecdsa(cryptoki, session, key, digest("SHA-384", input));
      case ES512 -> ecdsa(cryptoki, session, key, digest("SHA-512", input));
      case EDDSA -> cryptoki.sign(session.handle(), Cryptoki.CKM_EDDSA, key, input);
      case ML_DSA_44, ML_DSA_65, ML_DSA_87 ->
          throw new IllegalStateException(alg() + " (expected: RSA, EC or Ed25519)");
    };
  }

  /// r‖s, which is the form of JWS too.
  private static byte[] ecdsa(Cryptoki cryptoki, Token.Session session, long key, byte[] digest)
      throws CryptokiException {
    return cryptoki.sign(session.handle(), Cryptoki.CKM_ECDSA, key, digest);
  }

  private static byte[] digestInfo(byte[] digest) {
    var info = Arrays.copyOf(SHA_256_DIGEST_INFO, SHA_256_DIGEST_INFO.length + digest.length);
    System.arraycopy(digest, 0, info, SHA_256_DIGEST_INFO.length, digest.length);
    return info;
  }

  private static byte[] digest(String algorithm, byte[] input) {
    try {
      return MessageDigest.getInstance(algorithm).digest(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(algorithm + ": missing (expected: in every JDK)", e);
    }
  }

  @Override
  public String toString() {
    return "TokenKey[" + uri.key() + ", " + alg().jwsName() + ", " + thumbprint() + "]";
  }
}
