package org.rekey.keystore.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Base64;
import org.rekey.keystore.key.PemKeys.Flaw;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;
import org.rekey.verifier.key.KeyWeakness;
import org.rekey.verifier.key.Thumbprint;

/// The only class that keeps a private key. It signs with it and gives it to nobody.
public final class SigningKey {
  private static final byte[] PROBE = "rekey signing key probe".getBytes(US_ASCII);
  private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

  private final PrivateKey privateKey;
  private final PublicKey publicKey;
  private final Alg alg;
  private final String thumbprint;

  private SigningKey(PrivateKey privateKey, PublicKey publicKey, Alg alg) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    this.alg = alg;
    this.thumbprint = Thumbprint.of(publicKey);
  }

  /// Signs a probe, so that halves that do not belong together fail here and not at the first
  /// login.
  ///
  /// @throws UnusableKeyException when the key is weak, of a type that is not accepted, or broken
  static SigningKey of(PrivateKey privateKey, PublicKey publicKey) throws UnusableKeyException {
    var weakness = KeyWeakness.of(publicKey);
    if (weakness.isPresent()) {
      throw new UnusableKeyException(Flaw.WEAK_KEY, weakness.get().text());
    }
    var alg = Alg.of(publicKey).orElseThrow();
    var provider = CryptoProvider.preferred();
    var key = new SigningKey(provider.adopt(privateKey), publicKey, alg);
    boolean fits;
    try {
      fits = alg.verify(publicKey, PROBE, alg.sign(key.privateKey, PROBE));
    } catch (RuntimeException e) {
      fits = false;
    }
    if (!fits) {
      throw new UnusableKeyException(
          Flaw.DAMAGED, "private key: its signatures do not verify (expected: an undamaged key)");
    }
    return key;
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  public Alg alg() {
    return alg;
  }

  /// RFC 7638.
  public String thumbprint() {
    return thumbprint;
  }

  /// A JWS signature over the input.
  public byte[] sign(byte[] input) {
    return alg.sign(privateKey, input);
  }

  /// A compact JWS (RFC 7515, section 7.1) whose header names this key's algorithm and the kid, as
  /// a string. The payload is the given bytes, unchanged.
  public String compactJws(long kid, byte[] payload) {
    var header = "{\"alg\":\"" + alg.jwsName() + "\",\"kid\":\"" + kid + "\",\"typ\":\"JWT\"}";
    var input =
        BASE64URL.encodeToString(header.getBytes(US_ASCII))
            + "."
            + BASE64URL.encodeToString(payload);
    return input + "." + BASE64URL.encodeToString(sign(input.getBytes(US_ASCII)));
  }

  @Override
  public String toString() {
    return "SigningKey[" + alg.jwsName() + ", " + thumbprint + "]";
  }
}
