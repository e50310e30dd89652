package org.rekey.pkcs11;

import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Duration;

/// A private key that stays in its token, which signs with it. Whoever is given a signature checks
/// it with the public half: tokens can be exchanged for others with the same names.
public final class KeyInToken {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

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
    var handle = session.handle();
    return switch (scheme) {
      case RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512 ->
          cryptoki.mechanisms(session.slot()).contains(scheme.hashingMechanism())
              ? cryptoki.sign(handle, scheme.hashingMechanism(), key, input)
              : cryptoki.sign(handle, Cryptoki.CKM_RSA_PKCS, key, scheme.digestInfo(input));
      case RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512 ->
          cryptoki.signPss(
              handle, scheme.hashMechanism(), scheme.maskGenerator(), key, scheme.digest(input));
      case ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512 ->
          cryptoki.sign(handle, Cryptoki.CKM_ECDSA, key, scheme.digest(input));
      case ED25519 -> cryptoki.sign(handle, Cryptoki.CKM_EDDSA, key, input);
    };
  }

  @Override
  public String toString() {
    return "KeyInToken[" + uri.key() + "]";
  }
}
