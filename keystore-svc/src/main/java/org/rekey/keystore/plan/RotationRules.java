package org.rekey.keystore.plan;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.rekey.keystore.key.KeyType;
import org.rekey.verifier.map.KnownKey;

/// How a ring turns its keys by itself.
///
/// @param after the longest time that a key signs
/// @param jitter by how much earlier it may end, so that rings and installations with the same
///     settings do not all turn at once
/// @param type the kind of the keys to make; empty: like the one that signs
public record RotationRules(
    Duration after, Duration jitter, QuietHours quiet, Optional<KeyType> type) {

  /// When the successor of a key that signs is due. The same at every keystore and after every
  /// restart: the jitter comes from the key itself.
  public Instant dueAt(KnownKey active, Instant activatedAt) {
    var digits = active.thumbprint().getBytes(US_ASCII);
    var part = new BigInteger(1, digits).mod(BigInteger.valueOf(1000)).longValue();
    return activatedAt.plus(after).minus(jitter.multipliedBy(part).dividedBy(1000));
  }
}
