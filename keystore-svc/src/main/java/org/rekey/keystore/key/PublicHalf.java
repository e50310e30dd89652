package org.rekey.keystore.key;

import java.security.PublicKey;
import org.rekey.keystore.key.PemKeys.Flaw;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.KeyWeakness;
import org.rekey.verifier.key.Thumbprint;

/// What everybody may know of a key that signs.
///
/// @param thumbprint RFC 7638
public record PublicHalf(PublicKey key, Alg alg, String thumbprint) {

  /// @throws UnusableKeyException when the key is weak, of a type that is not accepted, or known to
  ///     everybody
  public static PublicHalf of(PublicKey key) throws UnusableKeyException {
    var weakness = KeyWeakness.of(key);
    if (weakness.isPresent()) {
      throw new UnusableKeyException(Flaw.WEAK_KEY, weakness.get().text());
    }
    var thumbprint = Thumbprint.of(key);
    var place = PublishedKeys.place(thumbprint);
    if (place.isPresent()) {
      throw new UnusableKeyException(
          Flaw.PUBLISHED_KEY,
          "an example that everybody knows: %s (make a new key)".formatted(place.get()));
    }
    return new PublicHalf(key, Alg.of(key).orElseThrow(), thumbprint);
  }
}
