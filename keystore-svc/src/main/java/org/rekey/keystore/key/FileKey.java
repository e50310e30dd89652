package org.rekey.keystore.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.PrivateKey;
import java.security.PublicKey;
import org.rekey.keystore.key.PemKeys.Flaw;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;

/// A private key from a file, and the only class that keeps one. It signs with it and gives it to
/// nobody.
public final class FileKey implements SigningKey {
  private static final byte[] PROBE = "rekey signing key probe".getBytes(US_ASCII);

  private final PrivateKey privateKey;
  private final PublicHalf publicHalf;

  private FileKey(PrivateKey privateKey, PublicHalf publicHalf) {
    this.privateKey = privateKey;
    this.publicHalf = publicHalf;
  }

  /// Signs a probe, so that halves that do not belong together fail here and not at the first
  /// login.
  ///
  /// @throws UnusableKeyException when the key is weak, of a type that is not accepted, or broken
  static FileKey of(PrivateKey privateKey, PublicKey publicKey) throws UnusableKeyException {
    var publicHalf = PublicHalf.of(publicKey);
    var key = new FileKey(CryptoProvider.preferred().adopt(privateKey), publicHalf);
    boolean fits;
    try {
      fits = publicHalf.alg().verify(publicKey, PROBE, key.sign(PROBE));
    } catch (RuntimeException e) {
      fits = false;
    }
    if (!fits) {
      throw new UnusableKeyException(
          Flaw.DAMAGED, "private key: its signatures do not verify (expected: an undamaged key)");
    }
    return key;
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
    return Store.FILE;
  }

  @Override
  public byte[] sign(byte[] input) {
    return alg().sign(privateKey, input);
  }

  @Override
  public String toString() {
    return "FileKey[" + alg().jwsName() + ", " + thumbprint() + "]";
  }
}
