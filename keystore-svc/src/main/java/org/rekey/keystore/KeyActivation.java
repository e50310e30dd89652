package org.rekey.keystore;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.NewEvent;
import org.rekey.keystore.plan.Readiness;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a key the one that signs, when every live verifier has acked it and verifiers elsewhere
/// have had their time.
final class KeyActivation {
  private static final Logger LOG = LoggerFactory.getLogger(KeyActivation.class);

  private final KeyHistory history;
  private final KeyReadiness ready;

  KeyActivation(KeyHistory history, KeyReadiness ready) {
    this.history = history;
    this.ready = ready;
  }

  CommandOutcome activate(
      RingWatch.Ring ring, long kid, Duration patience, boolean override, Author author)
      throws InterruptedException {
    if (override && author.reason().isBlank()) {
      return new CommandOutcome.Incomplete(
          "reason: empty (expected: why verifiers are passed over)");
    }
    var name = ring.keeper().ring().name();
    var giveUp = System.nanoTime() + patience.toNanos();
    while (true) {
      history.refresh();
      var map = history.map();
      var known = map.find(name, kid);
      if (known.isEmpty()) {
        return CommandOutcome.NoSuchKey.of(name, kid);
      }
      if (known.get().life() instanceof KeyLife.Active) {
        ring.configured().overtaken();
        return new CommandOutcome.Done(kid);
      }
      var obstacle = obstacle(ring.keeper(), known.get());
      if (obstacle.isPresent()) {
        return obstacle.get();
      }
      var left = Duration.ofNanos(Math.max(0, giveUp - System.nanoTime()));
      var readiness = ready.await(known.get(), left);
      if (!readiness.isComplete() && !override) {
        return new CommandOutcome.NotNow(
            "kid %d of ring %s: %s (wait, mend them, or override with a reason)"
                .formatted(kid, name, readiness.obstacle()));
      }
      if (isAppended(name, kid, readiness, author, map)) {
        ring.configured().overtaken();
        return new CommandOutcome.Done(kid, readiness.missing(), null);
      }
      // Something else came into the log first: decide again, with the leases as they are then (d).
    }
  }

  private boolean isAppended(
      String ring, long kid, Readiness readiness, Author author, KidMap decidedOn) {
    var missing = readiness.missing();
    var appended =
        history.append(
            map ->
                map.epoch() == decidedOn.epoch()
                    ? Optional.of(event(map, ring, kid, author, missing))
                    : Optional.empty());
    if (appended.isPresent() && !missing.isEmpty()) {
      LOG.atWarn()
          .addKeyValue("ring", ring)
          .addKeyValue("keyId", kid)
          .addKeyValue("verifiers", missing)
          .log("A key signs although verifiers have not acked it: they were overridden");
    }
    return appended.isPresent();
  }

  private static NewEvent event(
      KidMap map, String ring, long kid, Author author, List<String> missing) {
    return new NewEvent(
        ring,
        kid,
        author,
        new KeyChange.Activated(map.active(ring).map(KnownKey::kid).orElse(null), missing));
  }

  private static Optional<CommandOutcome> obstacle(RingKeeper keeper, KnownKey key) {
    return switch (key.life()) {
      case KeyLife.Withdrawn _ ->
          Optional.of(
              new CommandOutcome.NotNow(
                  "kid %d of ring %s is %s and signs no more"
                      .formatted(key.kid(), key.ring(), key.state())));
      case KeyLife.Trusted _ ->
          keeper.loaded(key.kid()).isPresent()
              ? Optional.empty()
              : Optional.of(
                  new CommandOutcome.NotNow(
                      "kid %d of ring %s cannot sign: its file cannot be used (see lint)"
                          .formatted(key.kid(), key.ring())));
    };
  }
}
