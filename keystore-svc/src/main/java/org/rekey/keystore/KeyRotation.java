package org.rekey.keystore;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.plan.RetirementPlan;
import org.rekey.keystore.plan.RotationPlan;
import org.rekey.keystore.plan.RotationRules;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KnownKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns the keys of rings that are told to do so by themselves, by the same steps that people
/// take, one at a time: announce, wait for every ack, activate; and retire what nothing hangs on.
///
/// Never overrides anybody. What does not succeed is tried again, and is an alarm.
final class KeyRotation implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyRotation.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);

  private final List<RingWatch.Ring> rings;
  private final KeyHistory history;
  private final KeyGeneration generation;
  private final KeyActivation activation;
  private final KeyRetirement retirement;
  private final Alarms alarms;
  private final InstantSource clock;
  private final BooleanSupplier leads;
  private final Duration patience;
  private final String name;
  private final Map<String, Trouble> troubles = new HashMap<>();
  private final Thread thread;

  /// @param leads whether this keystore is the one, of those that share the journal, that acts
  /// @param patience how long acks may be awaited before it is an alarm
  /// @param name of this keystore, for the log
  KeyRotation(
      List<RingWatch.Ring> rings,
      KeyHistory history,
      KeyGeneration generation,
      KeyActivation activation,
      KeyRetirement retirement,
      Alarms alarms,
      InstantSource clock,
      BooleanSupplier leads,
      Duration patience,
      String name) {
    this.rings = List.copyOf(rings);
    this.history = history;
    this.generation = generation;
    this.activation = activation;
    this.retirement = retirement;
    this.alarms = alarms;
    this.clock = clock;
    this.leads = leads;
    this.patience = patience;
    this.name = name;
    this.thread = Thread.ofVirtual().name("key-rotation").unstarted(this::run);
  }

  /// Begins, unless no ring is told to turn by itself.
  void start() {
    if (rings.stream().anyMatch(KeyRotation::isAutomatic)) {
      thread.start();
    }
  }

  private static boolean isAutomatic(RingWatch.Ring ring) {
    var settings = ring.keeper().ring();
    return settings.rotation().isPresent() || settings.retireWhenSafe();
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        for (RingWatch.Ring ring : rings) {
          turn(ring);
        }
        Thread.sleep(LOOK_EVERY);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void turn(RingWatch.Ring ring) throws InterruptedException {
    if (!isAutomatic(ring)) {
      return;
    }
    var ringName = ring.keeper().ring().name();
    try {
      var rules = ring.keeper().ring().rotation();
      if (rules.isPresent()) {
        rotate(ring, rules.get());
      }
      if (ring.keeper().ring().retireWhenSafe()) {
        retire(ringName);
      }
    } catch (RuntimeException e) {
      LOG.atDebug().setCause(e).log("A step of a ring's rotation broke");
      failed(ringName, Trouble.Step.ANY, "cannot go on: " + e.getClass().getSimpleName());
    }
  }

  private void rotate(RingWatch.Ring ring, RotationRules rules) throws InterruptedException {
    var keeper = ring.keeper();
    var ringName = keeper.ring().name();
    var plan =
        RotationPlan.of(
            history.map(), ringName, rules, kid -> keeper.loaded(kid).isPresent(), clock.instant());
    switch (plan) {
      case RotationPlan.NoActiveKey _, RotationPlan.NotDue _, RotationPlan.Quiet _ ->
          troubles.remove(ringName);
      case RotationPlan.Announce _ when !mayTry(ringName) -> {}
      case RotationPlan.Announce _, RotationPlan.Activate _ when !leads.getAsBoolean() ->
          troubles.remove(ringName);
      case RotationPlan.Announce announce -> {
        var outcome =
            generation.generate(
                keeper, null, announce.type(), author(keeper.ring(), rules, announce.active()));
        heed(ringName, Trouble.Step.ANNOUNCE, outcome);
      }
      case RotationPlan.Activate activate -> {
        var outcome =
            activation.activate(
                ring,
                activate.kid(),
                Duration.ZERO,
                false,
                author(keeper.ring(), rules, activate.active()));
        heed(ringName, Trouble.Step.ACTIVATE, outcome);
      }
    }
  }

  private Author author(KeyRing ring, RotationRules rules, KnownKey active) {
    return new Author(
        Author.AUTOMATIC,
        name,
        "%s_ROTATE_AFTER %s: kid %d signs since %s"
            .formatted(ring.settings(), rules.after(), active.kid(), active.activatedAt()));
  }

  private void retire(String ring) {
    for (KnownKey key : history.map().keys(ring)) {
      if (key.life() instanceof KeyLife.VerifyOnly
          && retirement.plan(ring, key.kid()).filter(RetirementPlan::isSafe).isPresent()
          && leads.getAsBoolean()) {
        var author = new Author(Author.AUTOMATIC, name, "RETIRE_WHEN_SAFE: nothing hangs on it");
        retirement
            .retireIfSafe(ring, key.kid(), author)
            .ifPresent(
                appended ->
                    LOG.atInfo()
                        .addKeyValue("ring", ring)
                        .addKeyValue("keyId", key.kid())
                        .addKeyValue("epoch", appended.epoch())
                        .log("A key was retired: nothing hangs on it any more"));
      }
    }
  }

  private void heed(String ring, Trouble.Step step, CommandOutcome outcome) {
    switch (outcome) {
      case CommandOutcome.Done done -> {
        troubles.remove(ring);
        LOG.atInfo()
            .addKeyValue("ring", ring)
            .addKeyValue("keyId", done.kid())
            .addKeyValue("step", step)
            .log("A ring turns its key by itself");
      }
      case CommandOutcome.Ordered _ -> {}
      case CommandOutcome.Refused refused -> failed(ring, step, refused.why());
    }
  }

  /// Waiting for acks is no failure until it has lasted; everything else is one at once.
  private void failed(String ring, Trouble.Step step, String why) {
    var now = clock.instant();
    var before = troubles.get(ring);
    var since = before != null && before.step() == step ? before.since() : now;
    var tries = before != null && before.step() == step ? before.tries() + 1 : 1;
    var isNews = before == null || !why.equals(before.told());
    var isTime =
        step != Trouble.Step.ACTIVATE || Duration.between(since, now).compareTo(patience) > 0;
    troubles.put(
        ring, new Trouble(step, since, tries, now.plus(pause(tries)), isTime ? why : told(before)));
    if (isNews && isTime) {
      alarms.raise(Alarms.Kind.ROTATION_FAILED, ring, why);
    }
  }

  private static @Nullable String told(@Nullable Trouble trouble) {
    return trouble == null ? null : trouble.told();
  }

  private boolean mayTry(String ring) {
    var trouble = troubles.get(ring);
    return trouble == null || !clock.instant().isBefore(trouble.tryAgainAt());
  }

  private static Duration pause(int tries) {
    var pause = SHORTEST_PAUSE.multipliedBy(1L << Math.min(tries - 1, 10));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  /// What a ring stands at.
  ///
  /// @param told what the last alarm said; null if there was none
  private record Trouble(
      Step step,
      java.time.Instant since,
      int tries,
      java.time.Instant tryAgainAt,
      @Nullable String told) {
    enum Step {
      ANNOUNCE,
      ACTIVATE,
      ANY
    }
  }
}
