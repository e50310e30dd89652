package org.rekey.keystore;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.verifier.key.Alg;

/// Who follows the key log and how far each has come. Reports count at once and are written to the
/// database in batches.
public final class Verifiers {
  private static final Duration FORGET_AFTER = Duration.ofDays(1);
  private static final long LOOK_EVERY_MILLIS = 250;

  private final LeaseStore store;
  private final KeyHistory history;
  private final Alarms alarms;
  private final InstantSource clock;
  private final Duration lease;
  private final Map<Id, Standing> standings = new HashMap<>();
  private final Map<Id, VerifierReport> unsaved = new HashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  public Verifiers(
      LeaseStore store, KeyHistory history, Alarms alarms, InstantSource clock, Duration lease) {
    this.store = store;
    this.history = history;
    this.alarms = alarms;
    this.clock = clock;
    this.lease = lease;
    store.all().forEach(report -> standings.put(Id.of(report), judge(report)));
  }

  /// A verifier, its newest report, and whether its lease still runs.
  public record Verifier(VerifierReport report, boolean live) {}

  public Duration lease() {
    return lease;
  }

  /// Called when a verifier has come to another epoch.
  public void onAck(Runnable listener) {
    listeners.add(listener);
  }

  /// Takes a report; false when its epoch is beyond the log's head.
  public boolean report(VerifierReport report) {
    if (report.epoch() > history.head()) {
      history.refresh();
      if (report.epoch() > history.head()) {
        alarms.raise(
            Alarms.Kind.VERIFIER_AHEAD,
            report.name(),
            "epoch %d (expected: at most %d)".formatted(report.epoch(), history.head()));
        return false;
      }
    }
    var standing = judge(report);
    Standing before;
    synchronized (this) {
      before = standings.put(Id.of(report), standing);
      unsaved.put(Id.of(report), report);
      notifyAll();
    }
    if (standing.diverged() && (before == null || !before.diverged())) {
      alarms.raise(Alarms.Kind.VERIFIER_DIVERGED, report.name(), "epoch " + report.epoch());
    }
    if (before == null || before.report().epoch() != report.epoch()) {
      listeners.forEach(Runnable::run);
    }
    return true;
  }

  /// All that have reported lately, by caller and name.
  public synchronized List<Verifier> all() {
    var now = clock.instant();
    return standings.values().stream()
        .map(standing -> new Verifier(standing.report(), isLive(standing, now)))
        .sorted(
            Comparator.comparing((Verifier verifier) -> verifier.report().caller())
                .thenComparing(verifier -> verifier.report().name()))
        .toList();
  }

  /// The live verifiers that would refuse tokens of a key: those that have not applied the epoch,
  /// hold another key set, or do not know the algorithm.
  public synchronized List<String> notReady(long epoch, Alg alg) {
    var now = clock.instant();
    return standings.values().stream()
        .filter(standing -> isLive(standing, now))
        .filter(
            standing ->
                standing.report().epoch() < epoch
                    || standing.diverged()
                    || !standing.report().algs().contains(alg.jwsName()))
        .map(standing -> standing.report().name())
        .sorted()
        .toList();
  }

  /// Waits until no live verifier would refuse tokens of a key, or the time is over; returns those
  /// that still would.
  public synchronized List<String> awaitReady(long epoch, Alg alg, Duration wait)
      throws InterruptedException {
    var start = System.nanoTime();
    while (true) {
      var missing = notReady(epoch, alg);
      var left = wait.minusNanos(System.nanoTime() - start).toMillis();
      if (missing.isEmpty() || left <= 0) {
        return missing;
      }
      // A lease may run out meanwhile, which nobody announces.
      TimeUnit.MILLISECONDS.timedWait(this, Math.min(left, LOOK_EVERY_MILLIS));
    }
  }

  /// What hangs on a key, by the newest report of any replica of its issuer: all count in the same
  /// registry.
  public synchronized TokenUsage usage(String ring, long kid) {
    return standings.values().stream()
        .map(Standing::report)
        .filter(report -> report.caller().equals(ring))
        .max(Comparator.comparing(VerifierReport::reportedAt))
        .flatMap(
            report ->
                report.usage().stream()
                    .filter(usage -> usage.ring().equals(ring) && usage.kid() == kid)
                    .findFirst())
        .orElse(TokenUsage.none(ring, kid));
  }

  /// The longest time that the newest event took to any live verifier, in seconds.
  public synchronized double slowestPropagationSeconds() {
    var now = clock.instant();
    return standings.values().stream()
        .filter(standing -> isLive(standing, now))
        .mapToDouble(standing -> standing.report().propagation().toNanos() / 1e9)
        .max()
        .orElse(0);
  }

  public synchronized long live() {
    var now = clock.instant();
    return standings.values().stream().filter(standing -> isLive(standing, now)).count();
  }

  /// Writes what came since the last time, and forgets who has been away for long.
  public void save() {
    List<VerifierReport> reports;
    synchronized (this) {
      reports = new ArrayList<>(unsaved.values());
      unsaved.clear();
    }
    var old = clock.instant().minus(FORGET_AFTER);
    try {
      if (!reports.isEmpty()) {
        store.save(reports);
        store.forgetBefore(old);
      }
    } catch (RuntimeException e) {
      synchronized (this) {
        reports.forEach(report -> unsaved.putIfAbsent(Id.of(report), report));
      }
      throw e;
    }
    synchronized (this) {
      standings.values().removeIf(standing -> standing.report().reportedAt().isBefore(old));
    }
  }

  private Standing judge(VerifierReport report) {
    return new Standing(
        report, !history.isKeySetOf(report.epoch(), HexFormat.of().parseHex(report.keySetHash())));
  }

  private boolean isLive(Standing standing, Instant now) {
    return now.isBefore(standing.report().reportedAt().plus(lease));
  }

  private record Id(String caller, String name) {
    static Id of(VerifierReport report) {
      return new Id(report.caller(), report.name());
    }
  }

  private record Standing(VerifierReport report, boolean diverged) {}
}
