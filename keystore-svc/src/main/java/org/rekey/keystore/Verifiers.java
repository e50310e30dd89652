package org.rekey.keystore;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.plan.CountedUsage;
import org.rekey.keystore.plan.Readiness;
import org.rekey.keystore.plan.TokenUsage;
import org.rekey.verifier.key.Alg;
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
  private final Duration lease;
  private final Map<Id, Standing> standings = new HashMap<>();
  private final Map<Id, VerifierReport> unsaved = new HashMap<>();
  private final Map<String, Instant> countWanted = new HashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private Instant knowsAllAt;
  private Instant savedAt;
  private boolean isCutOff;

  public Verifiers(
      LeaseStore store, KeyHistory history, Alarms alarms, InstantSource clock, Duration lease) {
    this.store = store;
    this.history = history;
    this.alarms = alarms;
    this.clock = clock;
    this.lease = lease;
    this.savedAt = clock.instant();
    // (c), but not before the first event of the log: nobody can follow what is not there.
    this.knowsAllAt = history.head() == 0 ? Instant.MIN : savedAt.plus(lease);
    learn(store.all());
  }

  /// A verifier, its newest report, and how far it can be trusted.
  ///
  /// @param live its lease still runs
  /// @param diverged it holds other keys than the log says at its epoch
  public record Verifier(VerifierReport report, boolean live, boolean diverged) {}

  public Duration lease() {
    return lease;
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
    Standing before;
    synchronized (this) {
      before = standings.get(Id.of(report));
    }
    var now = report.reportedAt();
    var known = before != null && isAnswered(before, now) ? before : null;
    var isNews = known == null || !known.report().standsAs(report);
    // (a): a renewal may wait for the batch while the table's own word is young.
    var written = known == null || isNews ? Instant.MIN : known.writtenAt();
    var waits = written.isAfter(now.minus(lag()));
    if ((!waits && !isWritten(report)) || (known == null && !hasReadTheHead())) {
      return Heard.NOT_WRITTEN;
    }
    var standing = new Standing(report, waits ? written : now, true);
    synchronized (this) {
      standings.merge(Id.of(report), standing, Standing::younger);
      if (waits) {
        unsaved.merge(Id.of(report), report, VerifierReport::younger);
      }
      notifyAll();
    }
    if (isDiverged(report) && (before == null || !isDiverged(before.report()))) {
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
    return standings.values().stream()
        .map(
            standing ->
                new Verifier(
                    standing.report(), isLive(standing, now), isDiverged(standing.report())))
        .sorted(
            Comparator.comparing((Verifier verifier) -> verifier.report().caller())
                .thenComparing(verifier -> verifier.report().name()))
        .toList();
  }

  /// Who would refuse tokens of a key and why: those that have not applied the epoch, hold another
  /// key set, or do not know the algorithm.
  public Readiness readiness(long epoch, Alg alg) {
    return standings(epoch, report -> whyNot(report, epoch, alg));
  }

  /// Who may go on as before an epoch, and why: those that have not applied it, or hold another key
  /// set than they say.
  public Readiness applied(long epoch) {
    return standings(epoch, report -> whyNot(report, epoch));
  }

  private synchronized Readiness standings(long epoch, Function<VerifierReport, String> whyNot) {
    var now = clock.instant();
    var all =
        standings.values().stream()
            .filter(standing -> isLive(standing, now))
            .map(
                standing ->
                    new Readiness.Standing(
                        standing.report().name(),
                        standing.report().caller(),
                        standing.report().epoch(),
                        whyNot.apply(standing.report()),
                        Duration.between(standing.report().reportedAt(), now)))
            .sorted(
                Comparator.comparing(Readiness.Standing::caller)
                    .thenComparing(Readiness.Standing::name))
            .toList();
    var knows = knowsAllAt(now);
    return new Readiness(epoch, all, now.isBefore(knows) ? knows : null, null);
  }

  /// (c): leases may have lapsed because nobody could write them, be it that the database was away
  /// or this process was not running.
  private Instant knowsAllAt(Instant now) {
    if (isCutOff || now.isAfter(savedAt.plus(SAVE_EVERY).plus(lag()))) {
      knowsAllAt = now.plus(lease);
    }
    return knowsAllAt;
  }

  private String whyNot(VerifierReport report, long epoch) {
    if (report.epoch() < epoch) {
      return "at epoch %d (expected: %d)".formatted(report.epoch(), epoch);
    }
    return isDiverged(report)
        ? "holds other keys than the log says at epoch %d".formatted(report.epoch())
        : "";
  }

  private String whyNot(VerifierReport report, long epoch, Alg alg) {
    var why = whyNot(report, epoch);
    if (!why.isEmpty()) {
      return why;
    }
    return report.algs().contains(alg.jwsName())
        ? ""
        : "cannot check %s (expected: a newer version, or another kind of key)"
            .formatted(alg.jwsName());
  }

  /// As above, and with what other keystores have heard.
  public Readiness readinessEverywhere(long epoch, Alg alg) {
    refresh();
    return readiness(epoch, alg);
  }

  /// Waits until no live verifier would refuse tokens of a key, or the time is over.
  public Readiness awaitReady(long epoch, Alg alg, Duration wait) throws InterruptedException {
    var start = System.nanoTime();
    while (true) {
      var readiness = readinessEverywhere(epoch, alg);
      var left = wait.minusNanos(System.nanoTime() - start).toMillis();
      if (readiness.isComplete() || left <= 0) {
        return readiness;
      }
      pause(left);
    }
  }

  /// Waits until something is reported, at most for a moment: a lease may run out meanwhile, which
  /// nobody announces, and other keystores hear verifiers too.
  synchronized void pause(long leftMillis) throws InterruptedException {
    TimeUnit.MILLISECONDS.timedWait(this, Math.min(leftMillis, LOOK_EVERY_MILLIS));
  }

  /// What hangs on a key, by the newest count of any replica of its issuer: all count in the same
  /// registry. Empty when none has counted; a count that some clock dates ahead is none yet.
  /// Artifact keys sign no tokens.
  public synchronized Optional<CountedUsage> counted(String ring, long kid) {
    var now = clock.instant();
    if (ring.equals("artifact")) {
      return Optional.of(new CountedUsage(TokenUsage.none(ring, kid), now));
    }
    return standings.values().stream()
        .map(Standing::report)
        .filter(report -> report.caller().equals(ring))
        .flatMap(report -> counted(report, kid).stream())
        .filter(counted -> !counted.countedAt().isAfter(now))
        .max(Comparator.comparing(CountedUsage::countedAt));
  }

  private static Optional<CountedUsage> counted(VerifierReport report, long kid) {
    var at = report.usageCountedAt();
    return at == null
        ? Optional.empty()
        : Optional.of(new CountedUsage(usage(report, report.caller(), kid), at));
  }

  private static TokenUsage usage(VerifierReport report, String ring, long kid) {
    return report.usage().stream()
        .filter(usage -> usage.ring().equals(ring))
        .filter(usage -> usage.kid() == kid || usage.anyKid())
        .reduce(TokenUsage.none(ring, kid), TokenUsage::and);
  }

  /// Waits for a count that was begun after this call, or until the time is over; true if it came.
  public boolean awaitCount(String ring, Duration wait) throws InterruptedException {
    var asked = clock.instant();
    var start = System.nanoTime();
    synchronized (this) {
      countWanted.put(ring, asked);
    }
    while (true) {
      refresh();
      if (counted(ring, 0).filter(counted -> !counted.countedAt().isBefore(asked)).isPresent()) {
        return true;
      }
      var left = wait.minusNanos(System.nanoTime() - start).toMillis();
      if (left <= 0) {
        return false;
      }
      pause(left);
    }
  }

  /// Whether somebody waits for a younger count than this report has.
  public synchronized boolean wantsCount(VerifierReport report) {
    var wanted = countWanted.get(report.caller());
    return wanted != null
        && (report.usageCountedAt() == null || report.usageCountedAt().isBefore(wanted));
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
        var read = new Standing(report, report.reportedAt(), false);
        standings.merge(
            Id.of(report), read, (known, _) -> read.isYoungerThan(known) ? read : known);
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
        standings.computeIfPresent(
            Id.of(report), (_, standing) -> standing.writtenAt(report.reportedAt()));
      }
      standings.values().removeIf(standing -> standing.report().reportedAt().isBefore(old));
    }
  }

  private boolean isDiverged(VerifierReport report) {
    return !history.isKeySetOf(report.epoch(), HexFormat.of().parseHex(report.keySetHash()));
  }

  /// (b): by the word that this keystore has given, or by the table's own, behind which another
  /// keystore may have given a younger one.
  private boolean isLive(Standing standing, Instant now) {
    return isAnswered(standing, now) || now.isBefore(standing.writtenAt().plus(lease).plus(lag()));
  }

  private boolean isAnswered(Standing standing, Instant now) {
    return standing.greeted() && now.isBefore(standing.report().reportedAt().plus(lease));
  }

  /// By how much the table may be behind a renewal that was answered.
  private Duration lag() {
    return lease.dividedBy(2);
  }

  private record Id(String caller, String name) {
    static Id of(VerifierReport report) {
      return new Id(report.caller(), report.name());
    }
  }

  /// @param writtenAt the time of the report that the table has
  /// @param greeted this keystore has written it down and told it the head
  private record Standing(VerifierReport report, Instant writtenAt, boolean greeted) {
    Standing writtenAt(Instant at) {
      return at.isAfter(writtenAt) ? new Standing(report, at, greeted) : this;
    }

    boolean isYoungerThan(Standing other) {
      return report.reportedAt().isAfter(other.report.reportedAt());
    }

    Standing younger(Standing newer) {
      return isYoungerThan(newer) ? this : newer;
    }
  }
}
