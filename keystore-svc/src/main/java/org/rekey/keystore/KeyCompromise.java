package org.rekey.keystore;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.key.KeyType;
import org.rekey.keystore.log.Appended;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.Impact;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.NewEvent;
import org.rekey.keystore.plan.CountedUsage;
import org.rekey.keystore.plan.Readiness;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Distrusts a key for ever, the one that signs included. Its successor is given a moment to be
/// known everywhere, so that logins go on; but nobody who stays away can hold the end of a bad key
/// up.
public final class KeyCompromise {
  private static final Logger LOG = LoggerFactory.getLogger(KeyCompromise.class);
  private static final long LOOK_EVERY_MILLIS = 50;
  private static final String LEASE_OVER = "its lease ran out meanwhile";

  private final Map<String, RingWatch.Ring> rings;
  private final KeyHistory history;
  private final Verifiers verifiers;
  private final Acks acks;
  private final UsageCounts counts;
  private final KeyGeneration generation;
  private final RingWatch watch;

  KeyCompromise(
      Map<String, RingWatch.Ring> rings,
      KeyHistory history,
      Verifiers verifiers,
      Acks acks,
      UsageCounts counts,
      KeyGeneration generation,
      RingWatch watch) {
    this.rings = Map.copyOf(rings);
    this.history = history;
    this.verifiers = verifiers;
    this.acks = acks;
    this.counts = counts;
    this.generation = generation;
    this.watch = watch;
  }

  /// @param wanted who signs next; null: whoever can, or a key made for it
  /// @param wait for the acks of the successor, and again for those of the end
  public CompromiseOutcome compromise(
      String ringName, long kid, @Nullable Long wanted, Duration wait, Author author)
      throws InterruptedException {
    var started = System.nanoTime();
    @Nullable Long giveUp = null;
    while (true) {
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
        giveUp = giveUp == null ? System.nanoTime() + wait.toNanos() : giveUp;
        var left = Duration.ofNanos(Math.max(0, giveUp - System.nanoTime()));
        // Verifiers elsewhere are not waited for: meanwhile the bad key would go on signing.
        var epoch = history.announcedAt(ringName, successor);
        overridden = acks.await(() -> acks.readinessEverywhere(epoch, alg), left).missing();
      }
      verifiers.refresh();
      var before = verifiers.all();
      var appended = append(ringName, kid, successor, author);
      if (appended.isPresent()) {
        watch.wake();
        return distrusted(
            appended.get(), overridden, awaitEnd(appended.get().epoch(), before, started, wait));
      }
      // It has begun to sign meanwhile, or its successor has gone: decide again.
    }
  }

  private static CompromiseOutcome distrusted(
      Appended appended, List<String> overridden, CompromiseOutcome.End end) {
    var event = appended.event();
    var change = (KeyChange.Compromised) event.change();
    if (change.successor() != null && !overridden.isEmpty()) {
      LOG.atWarn()
          .addKeyValue("ring", event.ring())
          .addKeyValue("keyId", change.successor())
          .addKeyValue("verifiers", overridden)
          .log("A key signs although verifiers have not acked it: the one before was compromised");
    }
    return new CompromiseOutcome.Distrusted(
        event.kid(), change.successor(), change.impact(), end, overridden);
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
        : orNamed(
            keeper,
            ringName,
            generation.generate(
                keeper,
                null,
                KeyType.like(bad.publicKey()),
                author.because("successor of kid %d: %s".formatted(bad.kid(), author.reason()))));
  }

  /// A directory may be mounted read-only: that must not keep a bad key alive.
  private CommandOutcome orNamed(RingKeeper keeper, String ring, CommandOutcome made) {
    if (!(made instanceof CommandOutcome.NotNow(String why))) {
      return made;
    }
    var others =
        history.map().keys(ring).stream()
            .filter(key -> canSign(keeper, key))
            .map(key -> String.valueOf(key.kid()))
            .toList();
    return others.isEmpty()
        ? made
        : new CommandOutcome.NotNow(
            "%s; or name a successor that can sign: kid %s"
                .formatted(why, String.join(", ", others)));
  }

  private static boolean canSign(RingKeeper keeper, KnownKey key) {
    return key.life() instanceof KeyLife.Idle && keeper.loaded(key.kid()).isPresent();
  }

  private Optional<Appended> append(
      String ring, long kid, @Nullable Long successor, Author author) {
    @Nullable Impact impact = counts.counted(ring, kid).map(CountedUsage::impact).orElse(null);
    return history.append(map -> event(map, ring, kid, successor, impact, author));
  }

  /// Empty if it signs and the successor cannot follow it: a ring must not be left without a key
  /// that signs.
  private static Optional<NewEvent> event(
      KidMap map,
      String ring,
      long kid,
      @Nullable Long successor,
      @Nullable Impact impact,
      Author author) {
    var key = map.find(ring, kid).orElseThrow();
    return switch (key.life()) {
      case KeyLife.Compromised _ -> Optional.empty();
      case KeyLife.Active _ ->
          Optional.ofNullable(successor)
              .filter(next -> isIdle(map, ring, next))
              .map(next -> event(ring, kid, next, impact, author));
      default -> Optional.of(event(ring, kid, null, impact, author));
    };
  }

  private static boolean isIdle(KidMap map, String ring, long kid) {
    return map.find(ring, kid).filter(key -> key.life() instanceof KeyLife.Idle).isPresent();
  }

  private static NewEvent event(
      String ring, long kid, @Nullable Long successor, @Nullable Impact impact, Author author) {
    return new NewEvent(ring, kid, author, new KeyChange.Compromised(successor, impact));
  }

  /// By this process's own clock: from the command to the ack of each that was live at any time
  /// since. One whose lease has run out is not waited for, and may accept the key still; and who
  /// has not been heard of yet, because leases ran out while nobody could renew them, may as well
  /// (ADR 12, c).
  private CompromiseOutcome.End awaitEnd(
      long epoch, List<Verifiers.Verifier> before, long started, Duration wait)
      throws InterruptedException {
    var why = new TreeMap<Id, String>();
    var acked = new HashMap<Id, Duration>();
    before.stream()
        .filter(Verifiers.Verifier::live)
        .forEach(one -> why.put(Id.of(one.report()), LEASE_OVER));
    var giveUp = System.nanoTime() + wait.toNanos();
    while (true) {
      verifiers.refresh();
      var applied = acks.applied(epoch);
      var now = Duration.ofNanos(System.nanoTime() - started);
      why.replaceAll((_, _) -> LEASE_OVER);
      for (Readiness.Standing one : applied.verifiers()) {
        var id = new Id(one.caller(), one.name());
        why.put(id, one.why());
        if (one.isReady()) {
          acked.putIfAbsent(id, now);
        } else {
          acked.remove(id);
        }
      }
      if (applied.isComplete() || System.nanoTime() > giveUp) {
        return new CompromiseOutcome.End(
            why.keySet().stream().map(id -> distrust(id, acked.get(id), why.get(id))).toList(),
            applied.knowsAllAt(),
            silent(why.keySet()));
      }
      verifiers.pause(LOOK_EVERY_MILLIS);
    }
  }

  private static CompromiseOutcome.Distrust distrust(
      Id id, @Nullable Duration after, @Nullable String why) {
    return new CompromiseOutcome.Distrust(
        id.name(), id.caller(), after, after != null || why == null ? "" : why);
  }

  /// Whose lease was over already: gone, or cut off.
  private List<CompromiseOutcome.Silent> silent(Set<Id> heard) {
    return verifiers.all().stream()
        .filter(one -> !one.live() && !heard.contains(Id.of(one.report())))
        .map(Verifiers.Verifier::report)
        .map(
            report ->
                new CompromiseOutcome.Silent(report.name(), report.caller(), report.reportedAt()))
        .toList();
  }

  private record Id(String caller, String name) implements Comparable<Id> {
    static Id of(VerifierReport report) {
      return new Id(report.caller(), report.name());
    }

    @Override
    public int compareTo(Id other) {
      return Comparator.comparing(Id::caller).thenComparing(Id::name).compare(this, other);
    }
  }
}
