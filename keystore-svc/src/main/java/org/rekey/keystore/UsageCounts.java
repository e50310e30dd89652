package org.rekey.keystore;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.rekey.keystore.plan.CountedUsage;
import org.rekey.keystore.plan.TokenUsage;

/// What hangs on each key, as the issuers count it in their reports, and who waits for a new count.
public final class UsageCounts {
  private final Verifiers verifiers;
  private final InstantSource clock;
  private final Map<String, Instant> wanted = new ConcurrentHashMap<>();

  public UsageCounts(Verifiers verifiers, InstantSource clock) {
    this.verifiers = verifiers;
    this.clock = clock;
  }

  /// What hangs on a key, by the newest count of any replica of its issuer: all count in the same
  /// registry. Empty when none has counted; a count that some clock dates ahead is none yet.
  /// Artifact keys sign no tokens.
  public Optional<CountedUsage> counted(String ring, long kid) {
    if (ring.equals("artifact")) {
      return Optional.of(new CountedUsage(TokenUsage.none(ring, kid), clock.instant()));
    }
    var reports = verifiers.reports();
    var now = clock.instant();
    return reports.stream()
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
  public boolean await(String ring, Duration wait) throws InterruptedException {
    var asked = clock.instant();
    var start = System.nanoTime();
    wanted.put(ring, asked);
    while (true) {
      verifiers.refresh();
      if (counted(ring, 0).filter(counted -> !counted.countedAt().isBefore(asked)).isPresent()) {
        return true;
      }
      var left = wait.minusNanos(System.nanoTime() - start).toMillis();
      if (left <= 0) {
        return false;
      }
      verifiers.pause(left);
    }
  }

  /// Whether somebody waits for a younger count than this report has.
  public boolean wants(VerifierReport report) {
    var asked = wanted.get(report.caller());
    return asked != null
        && (report.usageCountedAt() == null || report.usageCountedAt().isBefore(asked));
  }
}
