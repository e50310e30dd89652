package org.rekey.keystore;

import java.time.Duration;
import java.util.Comparator;
import java.util.function.Function;
import java.util.function.Supplier;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.plan.Readiness;
import org.rekey.verifier.key.Alg;

/// What the live verifiers have acked.
final class Acks {
  private final KeyHistory history;
  private final Verifiers verifiers;

  Acks(KeyHistory history, Verifiers verifiers) {
    this.history = history;
    this.verifiers = verifiers;
  }

  /// Who would refuse tokens of a key and why: those that have not applied the epoch, hold another
  /// key set, or do not know the algorithm.
  Readiness readiness(long epoch, Alg alg) {
    return standings(epoch, report -> whyNot(report, epoch, alg));
  }

  /// As above, and with what other keystores have heard.
  Readiness readinessEverywhere(long epoch, Alg alg) {
    verifiers.refresh();
    return readiness(epoch, alg);
  }

  /// Who may go on as before an epoch, and why: those that have not applied it, or hold another key
  /// set than they say.
  Readiness applied(long epoch) {
    return standings(epoch, report -> whyNot(report, epoch));
  }

  /// Waits until nothing is in the way, or the time is over.
  ///
  /// @param look asked again whenever something may have changed
  Readiness await(Supplier<Readiness> look, Duration wait) throws InterruptedException {
    var start = System.nanoTime();
    while (true) {
      var readiness = look.get();
      var left = wait.minusNanos(System.nanoTime() - start).toMillis();
      if (readiness.isComplete() || left <= 0) {
        return readiness;
      }
      verifiers.pause(left);
    }
  }

  private Readiness standings(long epoch, Function<VerifierReport, String> whyNot) {
    var census = verifiers.census();
    var all =
        census.live().stream()
            .map(
                report ->
                    new Readiness.Standing(
                        report.name(),
                        report.caller(),
                        report.epoch(),
                        whyNot.apply(report),
                        Duration.between(report.reportedAt(), census.at())))
            .sorted(
                Comparator.comparing(Readiness.Standing::caller)
                    .thenComparing(Readiness.Standing::name))
            .toList();
    return new Readiness(epoch, all, census.knowsAllAt(), null);
  }

  private String whyNot(VerifierReport report, long epoch) {
    if (report.epoch() < epoch) {
      return "at epoch %d (expected: %d)".formatted(report.epoch(), epoch);
    }
    return report.isDivergedFrom(history)
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
}
