package org.rekey.keystore;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.key.KeyType;
import org.rekey.keystore.log.Appended;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.Impact;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.NewEvent;
import org.rekey.keystore.plan.CountedUsage;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;

/// Distrusts a key for ever, the one that signs included. Its successor is given a moment to be
/// known everywhere, so that logins go on; but nobody who stays away can hold the end of a bad key
/// up.
public final class KeyCompromise {
  private static final long LOOK_EVERY_MILLIS = 50;

  private final Map<String, RingWatch.Ring> rings;
  private final KeyHistory history;
  private final Verifiers verifiers;
  private final KeyGeneration generation;
  private final RingWatch watch;

  KeyCompromise(
      Map<String, RingWatch.Ring> rings,
      KeyHistory history,
      Verifiers verifiers,
      KeyGeneration generation,
      RingWatch watch) {
    this.rings = Map.copyOf(rings);
    this.history = history;
    this.verifiers = verifiers;
    this.generation = generation;
    this.watch = watch;
  }

  /// @param wanted who signs next; null: whoever can, or a key made for it
  /// @param wait for the acks of the successor, and again for those of the end
  public CompromiseOutcome compromise(
      String ringName, long kid, @Nullable Long wanted, Duration wait, Author author)
      throws InterruptedException {
    var started = System.nanoTime();
    history.refresh();
    var key = history.map().find(ringName, kid);
    if (key.isEmpty()) {
      return new CompromiseOutcome.Refused(CommandOutcome.NoSuchKey.of(ringName, kid));
    }
    if (key.get().life() instanceof KeyLife.Compromised) {
      return new CompromiseOutcome.Refused(
          new CommandOutcome.NotNow(
              "kid %d of ring %s is COMPROMISED already".formatted(kid, ringName)));
    }
    @Nullable Long successor = null;
    List<String> overridden = List.of();
    if (key.get().life() instanceof KeyLife.Active) {
      var found = successor(ringName, key.get(), wanted, author);
      if (!(found instanceof CommandOutcome.Done done)) {
        return new CompromiseOutcome.Refused(found);
      }
      successor = done.kid();
      var alg = history.map().find(ringName, successor).orElseThrow().alg();
      overridden =
          verifiers.awaitReady(history.announcedAt(ringName, successor), alg, wait).missing();
    }
    var appended = append(ringName, kid, successor, author);
    if (appended.isEmpty()) {
      return new CompromiseOutcome.Refused(
          new CommandOutcome.NotNow(
              "kid %d of ring %s: somebody else has just changed it (try again)"
                  .formatted(kid, ringName)));
    }
    watch.wake();
    return new CompromiseOutcome.Distrusted(
        kid,
        successor,
        ((KeyChange.Compromised) appended.get().event().change()).impact(),
        awaitDistrust(appended.get().epoch(), started, wait),
        overridden);
  }

  private CommandOutcome successor(
      String ringName, KnownKey bad, @Nullable Long wanted, Author author)
      throws InterruptedException {
    var ring = rings.get(ringName);
    if (ring == null) {
      throw new IllegalArgumentException(ringName);
    }
    var keeper = ring.keeper();
    if (wanted != null) {
      return history
          .map()
          .find(ringName, wanted)
          .filter(key -> canSign(keeper, key))
          .<CommandOutcome>map(key -> new CommandOutcome.Done(key.kid()))
          .orElseGet(
              () ->
                  new CommandOutcome.NotNow(
                      "successor %d of ring %s cannot sign (expected: ANNOUNCED or VERIFY_ONLY, with a usable file)"
                          .formatted(wanted, ringName)));
    }
    var announced =
        history.map().keys(ringName).stream()
            .filter(key -> key.life() instanceof KeyLife.Announced && canSign(keeper, key))
            .max(Comparator.comparingLong(KnownKey::epoch));
    return announced.isPresent()
        ? new CommandOutcome.Done(announced.get().kid())
        : generation.generate(
            keeper,
            null,
            KeyType.like(bad.publicKey()),
            author.because("successor of kid %d: %s".formatted(bad.kid(), author.reason())));
  }

  private static boolean canSign(RingKeeper keeper, KnownKey key) {
    return key.life() instanceof KeyLife.Idle && keeper.loaded(key.kid()).isPresent();
  }

  private Optional<Appended> append(
      String ring, long kid, @Nullable Long successor, Author author) {
    @Nullable Impact impact = verifiers.counted(ring, kid).map(CountedUsage::impact).orElse(null);
    return history.append(map -> event(map, ring, kid, successor, impact, author));
  }

  /// The key may have begun or ceased to sign meanwhile.
  private static Optional<NewEvent> event(
      KidMap map,
      String ring,
      long kid,
      @Nullable Long successor,
      @Nullable Impact impact,
      Author author) {
    var key = map.find(ring, kid).orElseThrow();
    if (key.life() instanceof KeyLife.Compromised) {
      return Optional.empty();
    }
    var signs = key.life() instanceof KeyLife.Active;
    var next =
        signs
                && successor != null
                && map.find(ring, successor)
                    .filter(other -> other.life() instanceof KeyLife.Idle)
                    .isPresent()
            ? successor
            : null;
    return Optional.of(new NewEvent(ring, kid, author, new KeyChange.Compromised(next, impact)));
  }

  /// By this process's own clock: from the command to the ack of each.
  private List<CompromiseOutcome.Distrust> awaitDistrust(long epoch, long started, Duration wait)
      throws InterruptedException {
    var acked = new HashMap<String, Duration>();
    var giveUp = System.nanoTime() + wait.toNanos();
    while (true) {
      verifiers.refresh();
      var live = verifiers.all().stream().filter(Verifiers.Verifier::live).toList();
      var now = Duration.ofNanos(System.nanoTime() - started);
      for (var verifier : live) {
        if (verifier.report().epoch() >= epoch) {
          acked.putIfAbsent(id(verifier), now);
        }
      }
      if (acked.keySet().containsAll(live.stream().map(KeyCompromise::id).toList())
          || System.nanoTime() > giveUp) {
        return live.stream()
            .map(
                verifier ->
                    new CompromiseOutcome.Distrust(
                        verifier.report().name(),
                        verifier.report().caller(),
                        acked.get(id(verifier))))
            .toList();
      }
      verifiers.pause(LOOK_EVERY_MILLIS);
    }
  }

  private static String id(Verifiers.Verifier verifier) {
    return verifier.report().caller() + "/" + verifier.report().name();
  }
}
