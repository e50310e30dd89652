package org.rekey.keystore;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.log.KeyHistory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who follows the key log and how far each has come, by the rules of ADR 12, whose letters stand
/// beside the code.
///
/// The table of leases names every verifier that believes itself to be known, whichever keystore it
/// spoke to; memory only saves writes.
public final class Verifiers {
  private static final Logger LOG = LoggerFactory.getLogger(Verifiers.class);
  private static final Duration FORGET_AFTER = Duration.ofDays(1);
  private static final long LOOK_EVERY_MILLIS = 250;

  /// How often [#save] is to be called.
  static final Duration SAVE_EVERY = Duration.ofSeconds(1);

  private final LeaseStore store;
  private final KeyHistory history;
  private final Alarms alarms;
  private final InstantSource clock;
  private final Duration length;
  private final Map<Id, Lease> leases = new HashMap<>();
  private final Map<Id, VerifierReport> unsaved = new HashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private Instant knowsAllAt;
  private Instant savedAt;
  private boolean isCutOff;

  public Verifiers(
      LeaseStore store, KeyHistory history, Alarms alarms, InstantSource clock, Duration length) {
    this.store = store;
    this.history = history;
    this.alarms = alarms;
    this.clock = clock;
    this.length = length;
    this.savedAt = clock.instant();
    // (c), but not before the first event of the log: nobody can follow what is not there.
    this.knowsAllAt = history.head() == 0 ? Instant.MIN : savedAt.plus(length);
    learn(store.all());
  }

  /// A verifier, its newest report, and how far it can be trusted.
  ///
  /// @param live its lease still runs
  /// @param diverged it holds other keys than the log says at its epoch
  public record Verifier(VerifierReport report, boolean live, boolean diverged) {}

  public Duration lease() {
    return length;
  }

  /// Called when a verifier has come to another epoch or other keys, or has counted.
  public void onAck(Runnable listener) {
    listeners.add(listener);
  }

  /// What became of a report.
  public enum Heard {
    TAKEN,
    /// Its epoch is beyond the log's head.
    AHEAD,
    /// It must be written down and cannot be now.
    NOT_WRITTEN
  }

  public Heard report(VerifierReport report) {
    if (report.epoch() > history.head()) {
      if (!hasReadTheHead()) {
        return Heard.NOT_WRITTEN;
      }
      if (report.epoch() > history.head()) {
        alarms.raise(
            Alarms.Kind.VERIFIER_AHEAD,
            report.name(),
            "epoch %d (expected: at most %d)".formatted(report.epoch(), history.head()));
        return Heard.AHEAD;
      }
    }
    Lease before;
    synchronized (this) {
      before = leases.get(Id.of(report));
    }
    var now = report.reportedAt();
    var known = before != null && before.isAnswered(now, length) ? before : null;
    var isNews = known == null || !known.report().standsAs(report);
    // (a): a renewal may wait for the batch while the table's own word is young.
    var written = known == null || isNews ? Instant.MIN : known.writtenAt();
    var waits = written.isAfter(now.minus(Lease.lag(length)));
    if ((!waits && !isWritten(report)) || (known == null && !hasReadTheHead())) {
      return Heard.NOT_WRITTEN;
    }
    var lease = new Lease(report, waits ? written : now, true);
    synchronized (this) {
      leases.merge(Id.of(report), lease, Lease::younger);
      if (waits) {
        unsaved.merge(Id.of(report), report, VerifierReport::younger);
      }
      notifyAll();
    }
    if (report.isDivergedFrom(history)
        && (before == null || !before.report().isDivergedFrom(history))) {
      alarms.raise(Alarms.Kind.VERIFIER_DIVERGED, report.name(), "epoch " + report.epoch());
    }
    var hasCounted =
        before != null
            && report.usageCountedAt() != null
            && !report.usageCountedAt().equals(before.report().usageCountedAt());
    if (isNews || hasCounted) {
      listeners.forEach(Runnable::run);
    }
    return Heard.TAKEN;
  }

  private boolean isWritten(VerifierReport report) {
    try {
      store.save(List.of(report));
      return true;
    } catch (RuntimeException e) {
      LOG.atDebug().setCause(e).log("A report cannot be written");
      cutOff();
      return false;
    }
  }

  private synchronized void cutOff() {
    isCutOff = true;
  }

  /// (f): who is new is told the head as it is after its lease was written.
  private boolean hasReadTheHead() {
    try {
      history.refresh();
      return true;
    } catch (RuntimeException e) {
      LOG.atDebug().setCause(e).log("The journal cannot be read");
      return false;
    }
  }

  /// All that have reported lately, by caller and name.
  public synchronized List<Verifier> all() {
    var now = clock.instant();
    return leases.values().stream()
        .map(
            lease ->
                new Verifier(
                    lease.report(),
                    lease.runs(now, length),
                    lease.report().isDivergedFrom(history)))
        .sorted(
            Comparator.comparing((Verifier verifier) -> verifier.report().caller())
                .thenComparing(verifier -> verifier.report().name()))
        .toList();
  }

  /// Who is there to ack anything.
  ///
  /// @param live the reports of all whose leases run
  /// @param knowsAllAt until then this keystore may not know every verifier; null if it does
  record Census(Instant at, List<VerifierReport> live, @Nullable Instant knowsAllAt) {}

  synchronized Census census() {
    var now = clock.instant();
    var knows = knowsAllAt(now);
    return new Census(now, liveReports(now).toList(), now.isBefore(knows) ? knows : null);
  }

  private Stream<VerifierReport> liveReports(Instant now) {
    return leases.values().stream().filter(lease -> lease.runs(now, length)).map(Lease::report);
  }

  /// (c): leases may have lapsed because nobody could write them, be it that the database was away
  /// or this process was not running.
  private Instant knowsAllAt(Instant now) {
    if (isCutOff || now.isAfter(savedAt.plus(SAVE_EVERY).plus(Lease.lag(length)))) {
      knowsAllAt = now.plus(length);
    }
    return knowsAllAt;
  }

  /// Waits until something is reported, at most for a moment: a lease may run out meanwhile, which
  /// nobody announces, and other keystores hear verifiers too.
  synchronized void pause(long leftMillis) throws InterruptedException {
    TimeUnit.MILLISECONDS.timedWait(this, Math.min(leftMillis, LOOK_EVERY_MILLIS));
  }

  /// The newest of everybody that has reported lately.
  synchronized List<VerifierReport> reports() {
    return leases.values().stream().map(Lease::report).toList();
  }

  /// The longest time that the newest event took to any live verifier, in seconds.
  public synchronized double slowestPropagationSeconds() {
    return liveReports(clock.instant())
        .mapToDouble(report -> report.propagation().toNanos() / 1e9)
        .max()
        .orElse(0);
  }

  public synchronized long live() {
    return liveReports(clock.instant()).count();
  }

  /// Takes in what other keystores have heard.
  public void refresh() {
    learn(store.all());
  }

  private void learn(Collection<VerifierReport> reports) {
    if (reports.stream().anyMatch(report -> report.epoch() > history.head())) {
      history.refresh();
    }
    synchronized (this) {
      for (VerifierReport report : reports) {
        var read = new Lease(report, report.reportedAt(), false);
        leases.merge(Id.of(report), read, (known, _) -> read.isYoungerThan(known) ? read : known);
      }
    }
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
      store.save(reports);
      store.forgetBefore(old);
    } catch (RuntimeException e) {
      synchronized (this) {
        isCutOff = true;
        reports.forEach(report -> unsaved.putIfAbsent(Id.of(report), report));
      }
      throw e;
    }
    synchronized (this) {
      var now = clock.instant();
      knowsAllAt = knowsAllAt(now);
      isCutOff = false;
      savedAt = now;
      for (VerifierReport report : reports) {
        leases.computeIfPresent(Id.of(report), (_, lease) -> lease.writtenAt(report.reportedAt()));
      }
      leases.values().removeIf(lease -> lease.report().reportedAt().isBefore(old));
    }
  }

  private record Id(String caller, String name) {
    static Id of(VerifierReport report) {
      return new Id(report.caller(), report.name());
    }
  }
}
