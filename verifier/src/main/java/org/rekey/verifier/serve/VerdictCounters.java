package org.rekey.verifier.serve;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.rekey.proto.keystore.v1.KidVerdicts;
import org.rekey.verifier.token.Reason;

/// Counts verdicts: `rekey.token.verdicts{ring, outcome, reason, kid}`. The kid is told of accepted
/// tokens only; that of a refused one is whatever its sender wrote.
final class VerdictCounters {
  private final String ring;
  private final MeterRegistry meters;
  private final Map<Long, Counter> accepted = new ConcurrentHashMap<>();
  private final Map<Reason, Counter> refused = new EnumMap<>(Reason.class);
  private final Counter unavailable;

  VerdictCounters(String ring, MeterRegistry meters) {
    this.ring = ring;
    this.meters = meters;
    for (Reason reason : Reason.values()) {
      refused.put(reason, counter("refused", reason.name().toLowerCase(Locale.ROOT), ""));
    }
    this.unavailable = counter("unavailable", "", "");
  }

  Verdict counted(Verdict verdict) {
    switch (verdict) {
      case Verdict.Accepted answer ->
          accepted
              .computeIfAbsent(answer.kid(), kid -> counter("accepted", "", Long.toString(kid)))
              .increment();
      case Verdict.Refused answer -> refused(answer.reason()).increment();
      case Verdict.Unavailable _ -> unavailable.increment();
    }
    return verdict;
  }

  /// How many tokens of each kid were accepted.
  List<KidVerdicts> accepted() {
    return accepted.entrySet().stream()
        .map(
            kid ->
                KidVerdicts.newBuilder()
                    .setRing(ring)
                    .setKid(kid.getKey())
                    .setAccepted((long) kid.getValue().count())
                    .build())
        .toList();
  }

  private Counter refused(Reason reason) {
    Counter counter = refused.get(reason);
    if (counter == null) {
      throw new IllegalStateException("reason: " + reason + " (expected: one of the enum)");
    }
    return counter;
  }

  private Counter counter(String outcome, String reason, String kid) {
    return Counter.builder("rekey.token.verdicts")
        .description("Verdicts on tokens")
        .tag("ring", ring)
        .tag("outcome", outcome)
        .tag("reason", reason)
        .tag("kid", kid)
        .register(meters);
  }
}
