package org.rekey.pkcs11;

import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Arrays;

/// A private key that stays in its token, which signs with it. Whoever is given a signature checks
/// it with the public half: tokens can be exchanged for others with the same names.
public final class KeyInToken {
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
  private final PublicKey publicKey;

  private KeyInToken(Pkcs11Uri uri, Module module, Passphrase pin, PublicKey publicKey) {
    this.uri = uri;
    this.module = module;
    this.pin = pin;
    this.publicKey = publicKey;
  }

  /// Finds the key.
  ///
  /// @param library a module, loaded for as long as the process lives: whoever names it runs code
  ///     here
  /// @param pin read when it is needed
  public static KeyInToken open(Pkcs11Uri uri, Path library, Passphrase pin)
      throws UnusableTokenKeyException, TokenUnavailableException {
    var module = Module.at(library);
    var publicKey =
        module.call(
            uri.tokenText(),
            PATIENCE,
            cryptoki ->
                module
                    .token(uri)
                    .inSession(
                        cryptoki,
                        pin,
                        (_, session) ->
                            TokenObjects.publicKey(
                                cryptoki,
                                session.handle(),
                                TokenObjects.privateKey(cryptoki, session.handle(), uri),
                                uri)));
    return new KeyInToken(uri, module, pin, publicKey);
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  /// For messages: token and key.
  public String name() {
    return uri.key();
  }

  /// @param scheme one that fits the key
  public byte[] sign(SignatureScheme scheme, byte[] input)
      throws UnusableTokenKeyException, TokenUnavailableException {
    return module.call(
        uri.tokenText(),
        PATIENCE,
        cryptoki ->
            module
                .token(uri)
                .inSession(
                    cryptoki, pin, (_, session) -> signed(cryptoki, session, scheme, input)));
  }

  private byte[] signed(
      Cryptoki cryptoki, Token.Session session, SignatureScheme scheme, byte[] input)
      throws CryptokiException, UnusableTokenKeyException {
    var key = session.keys().get(uri.key());
    if (key == null) {
      key = TokenObjects.privateKey(cryptoki, session.handle(), uri);
      session.keys().put(uri.key(), key);
    }
    return switch (scheme) {
      case RSA_PKCS1_SHA256 ->
          cryptoki.mechanisms(session.slot()).contains(Cryptoki.CKM_SHA256_RSA_PKCS)
              ? cryptoki.sign(session.handle(), Cryptoki.CKM_SHA256_RSA_PKCS, key, input)
              : cryptoki.sign(
                  session.handle(), Cryptoki.CKM_RSA_PKCS, key, digestInfo(scheme.digest(input)));
      case ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512 ->
          cryptoki.sign(session.handle(), Cryptoki.CKM_ECDSA, key, scheme.digest(input));
      case ED25519 -> cryptoki.sign(session.handle(), Cryptoki.CKM_EDDSA, key, input);
    };
  }

  private static byte[] digestInfo(byte[] digest) {
    var info = Arrays.copyOf(SHA_256_DIGEST_INFO, SHA_256_DIGEST_INFO.length + digest.length);
    System.arraycopy(digest, 0, info, SHA_256_DIGEST_INFO.length, digest.length);
    return info;
  }

  @Override
  public String toString() {
    return "KeyInToken[" + uri.key() + "]";
  }
}
