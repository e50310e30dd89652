package org.rekey.keystore;

import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.files.KeyFile;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.NewEvent;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;
import org.rekey.verifier.map.Withdrawal;

/// The next event that brings the key log in line with a ring's files: first what came, then what
/// went. Pure: asked again after every event, until there is none.
///
/// @param keys one usable file for each kid
/// @param present the kids that have a file, usable or not; only a kid without any is removed
/// @param canSign the kids whose private key is in memory and has its file
record RingPlan(KeyRing ring, Map<Long, KeyFile> keys, Set<Long> present, Set<Long> canSign) {

  Optional<NewEvent> next(KidMap map) {
    return added(map).or(() -> removed(map));
  }

  private Optional<NewEvent> added(KidMap map) {
    return keys.values().stream()
        .sorted(Comparator.comparingLong(KeyFile::kid))
        .filter(
            file ->
                map.find(ring.name(), file.kid())
                    .map(known -> known.withdrawal() == Withdrawal.FILE_REMOVED)
                    .orElse(true))
        .findFirst()
        .map(
            file ->
                event(
                    file.kid(),
                    "",
                    new KeyChange.Added(
                        file.key().publicKey(),
                        file.key().alg(),
                        file.key().thumbprint(),
                        ring.issuer(),
                        ring.purpose())));
  }

  /// The active key last, so that its successor is none that goes as well.
  private Optional<NewEvent> removed(KidMap map) {
    return map.keys(ring.name()).stream()
        .filter(key -> key.verifies() && !present.contains(key.kid()))
        .min(
            Comparator.comparing((KnownKey key) -> key.state() == KeyState.ACTIVE)
                .thenComparingLong(KnownKey::kid))
        .map(
            key ->
                event(
                    key.kid(),
                    "file removed",
                    new KeyChange.Retired(
                        Withdrawal.FILE_REMOVED,
                        key.state() == KeyState.ACTIVE ? successor(map) : null)));
  }

  /// The key that signs when the active one has gone: the one that signed most recently and still
  /// has its file. Null if there is none.
  private @Nullable Long successor(KidMap map) {
    return map.keys(ring.name()).stream()
        .filter(key -> key.state() == KeyState.VERIFY_ONLY)
        .filter(key -> canSign.contains(key.kid()))
        .max(Comparator.comparing(key -> Objects.requireNonNull(key.activatedAt())))
        .map(KnownKey::kid)
        .orElse(null);
  }

  private NewEvent event(long kid, String reason, KeyChange change) {
    return new NewEvent(ring.name(), kid, NewEvent.FILE, reason, change);
  }
}
