package org.rekey.verifier.map;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rekey.proto.keystore.v1.KeyEvent;

/// Which key every kid of every ring means, at one epoch. Immutable: a reader that holds one sees
/// no change in the middle of a request.
///
/// [#apply(KeyEvent)] expects events that a [org.rekey.verifier.log.ChainCursor] has let pass.
public final class KidMap {
  private static final KidMap EMPTY = new KidMap(0, Map.of());
  private static final Comparator<KnownKey> BY_RING_AND_KID =
      Comparator.comparing(KnownKey::ring).thenComparingLong(KnownKey::kid);

  private final long epoch;
  private final Map<String, Map<Long, KnownKey>> rings;

  private KidMap(long epoch, Map<String, Map<Long, KnownKey>> rings) {
    this.epoch = epoch;
    this.rings = rings;
  }

  /// Before the first event.
  public static KidMap empty() {
    return EMPTY;
  }

  /// The epoch of the last event applied; 0 before the first.
  public long epoch() {
    return epoch;
  }

  /// The key of a kid, whatever its state.
  public Optional<KnownKey> find(String ring, long kid) {
    return Optional.ofNullable(rings.getOrDefault(ring, Map.of()).get(kid));
  }

  /// The key of the ring that signs.
  public Optional<KnownKey> active(String ring) {
    return keys(ring).stream().filter(key -> key.state() == KeyState.ACTIVE).findFirst();
  }

  /// All keys that ever were, by ring and kid.
  public List<KnownKey> keys() {
    return rings.values().stream()
        .flatMap(ring -> ring.values().stream())
        .sorted(BY_RING_AND_KID)
        .toList();
  }

  /// All keys of a ring that ever were, by kid.
  public List<KnownKey> keys(String ring) {
    return rings.getOrDefault(ring, Map.of()).values().stream().sorted(BY_RING_AND_KID).toList();
  }

  /// SHA-256 over what verifies, as `ReportRequest.key_set_hash` defines it.
  public byte[] keySetHash() {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      keys().stream()
          .filter(KnownKey::verifies)
          .forEach(
              key ->
                  digest.update(
                      "%s/%d/%s/%s\n"
                          .formatted(key.ring(), key.kid(), key.thumbprint(), key.alg().jwsName())
                          .getBytes(UTF_8)));
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: missing (expected: in every JDK)", e);
    }
  }

  /// The map after the next event. The epoch moves on in either case, so that one bad event doesn't
  /// stop the log.
  public Outcome apply(KeyEvent event) {
    return new Fold(this, event).outcome();
  }

  KidMap at(long newEpoch) {
    return new KidMap(newEpoch, rings);
  }

  KidMap with(KnownKey key) {
    var ring = new HashMap<>(rings.getOrDefault(key.ring(), Map.of()));
    ring.put(key.kid(), key);
    var changed = new HashMap<>(rings);
    changed.put(key.ring(), Map.copyOf(ring));
    return new KidMap(epoch, Map.copyOf(changed));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof KidMap map && epoch == map.epoch && rings.equals(map.rings);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(epoch) * 31 + rings.hashCode();
  }

  @Override
  public String toString() {
    return "KidMap[epoch=" + epoch + ", keys=" + keys().size() + "]";
  }

  /// What an event did.
  public sealed interface Outcome {
    /// The map to go on with.
    KidMap map();
  }

  /// The event was legal.
  public record Applied(KidMap map) implements Outcome {}

  /// The event was not. The keystore made a mistake or was made to: raise an alarm. The map has not
  /// changed but for its epoch and, where the illegal part was a successor only, the withdrawal:
  /// losing trust is always obeyed.
  public record Violation(KidMap map, String text) implements Outcome {}
}
