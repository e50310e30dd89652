package org.rekey.keystore;

import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.plan.Readiness;
import org.rekey.verifier.map.KnownKey;

/// What stands between a key and its first signature: live verifiers that have not acked it, and
/// verifiers elsewhere, which hold no lease and ack nothing. These fetch the keys over HTTP and
/// keep them for a time, so all that can be done for them is to publish a key early enough.
public final class KeyReadiness {
  private final KeyHistory history;
  private final Acks acks;
  private final Duration minAnnounced;
  private final InstantSource clock;

  /// @param minAnnounced for how long a key is published before it signs; zero if nobody elsewhere
  ///     verifies
  KeyReadiness(KeyHistory history, Acks acks, Duration minAnnounced, InstantSource clock) {
    this.history = history;
    this.acks = acks;
    this.minAnnounced = minAnnounced;
    this.clock = clock;
  }

  /// By what this keystore and all others have heard.
  public Readiness of(KnownKey key) {
    return acks.readinessEverywhere(history.announcedAt(key.ring(), key.kid()), key.alg())
        .with(notice(key));
  }

  /// Waits until nothing is in the way, or the time is over.
  Readiness await(KnownKey key, Duration wait) throws InterruptedException {
    return acks.await(() -> of(key), wait);
  }

  /// A ring without a key that signs does not wait: that would be no tokens at all for everybody,
  /// against a token that some cannot check for a while.
  private Readiness.@Nullable Notice notice(KnownKey key) {
    var others = history.map().active(key.ring()).filter(active -> active.kid() != key.kid());
    if (minAnnounced.isZero() || others.isEmpty()) {
      return null;
    }
    return history
        .announcement(key.ring(), key.kid())
        .map(event -> Duration.between(event.at(), clock.instant()))
        .map(published -> new Readiness.Notice(published, minAnnounced))
        .filter(notice -> !notice.isOver())
        .orElse(null);
  }
}
