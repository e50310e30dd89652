package org.rekey.keystore;

import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.files.KeyFile;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.Impact;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.NewEvent;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;
import org.rekey.verifier.map.Withdrawal;

/// The next event that brings the key log in line with a ring's files: first what came, then what
/// went. Pure: asked again after every event, until there is none.
///
/// @param keys one usable file for each kid
/// @param arrived the kids whose file has come since this keystore looks, or had when it started
///     alone: only such a file brings a removed key back
/// @param gone the kids whose file has gone since this keystore looks, or had when it started alone
/// @param canSign the kids whose private key is in memory and has its file
/// @param impact what hangs on a kid; null if nobody has counted
record RingPlan(
    KeyRing ring,
    Map<Long, KeyFile> keys,
    Set<Long> arrived,
    Set<Long> gone,
    Set<Long> canSign,
    LongFunction<@Nullable Impact> impact) {

  Optional<NewEvent> next(KidMap map) {
    return added(map).or(() -> removed(map));
  }

  private Optional<NewEvent> added(KidMap map) {
    return keys.values().stream()
        .sorted(Comparator.comparingLong(KeyFile::kid))
        .filter(file -> isNews(map, file.kid()))
        .findFirst()
        .map(
            file ->
                new NewEvent(
                    ring.name(),
                    file.kid(),
                    new Author(Author.FILE, file.file().toString(), ""),
                    new KeyChange.Added(
                        file.key().publicKey(),
                        file.key().alg(),
                        file.key().thumbprint(),
                        ring.issuer(),
                        ring.purpose())));
  }

  private boolean isNews(KidMap map, long kid) {
    return map.find(ring.name(), kid)
        .map(known -> known.life() instanceof KeyLife.Removed && arrived.contains(kid))
        .orElse(true);
  }

  /// The active key last, so that its successor is none that goes as well.
  private Optional<NewEvent> removed(KidMap map) {
    return map.keys(ring.name()).stream()
        .filter(key -> key.verifies() && gone.contains(key.kid()))
        .min(
            Comparator.comparing((KnownKey key) -> key.life() instanceof KeyLife.Active)
                .thenComparingLong(KnownKey::kid))
        .map(
            key ->
                new NewEvent(
                    ring.name(),
                    key.kid(),
                    new Author(Author.FILE, ring.directory().toString(), "file removed"),
                    new KeyChange.Retired(
                        Withdrawal.FILE_REMOVED,
                        key.life() instanceof KeyLife.Active ? successor(map) : null,
                        impact.apply(key.kid()),
                        false)));
  }

  /// The key that signs when the active one has gone: the one that signed most recently and still
  /// has its file. Null if there is none.
  private @Nullable Long successor(KidMap map) {
    return map.keys(ring.name()).stream()
        .filter(key -> key.life() instanceof KeyLife.VerifyOnly)
        .filter(key -> canSign.contains(key.kid()))
        .max(Comparator.comparing(key -> Objects.requireNonNull(key.activatedAt())))
        .map(KnownKey::kid)
        .orElse(null);
  }
}
