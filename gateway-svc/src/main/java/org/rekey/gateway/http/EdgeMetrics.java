package org.rekey.gateway.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.verdict.Verdict;

/// `gateway.requests{status}` (time to the answer's head) and `gateway.verdicts{audience,
/// verdict}`.
public final class EdgeMetrics {
  private record Judged(Audience audience, String verdict) {}

  private final MeterRegistry meters;
  private final Map<Integer, Timer> requests = new ConcurrentHashMap<>();
  private final Map<Judged, Counter> verdicts = new ConcurrentHashMap<>();

  public EdgeMetrics(MeterRegistry meters) {
    this.meters = meters;
  }

  Timer.Sample start() {
    return Timer.start(meters);
  }

  void answered(Timer.Sample started, int status) {
    started.stop(
        requests.computeIfAbsent(
            status,
            code ->
                Timer.builder("gateway.requests")
                    .description("Time from a request's head to its answer's head")
                    .tag("status", Integer.toString(code))
                    .register(meters)));
  }

  void judged(Audience audience, Verdict verdict) {
    String name =
        switch (verdict) {
          case Verdict.Accepted _ -> "accepted";
          case Verdict.Rejected rejected -> rejected.reason().name();
          case Verdict.Unavailable _ -> "unavailable";
        };
    verdicts
        .computeIfAbsent(
            new Judged(audience, name),
            judged ->
                Counter.builder("gateway.verdicts")
                    .description("Verdicts on tokens, by reason")
                    .tag("audience", judged.audience().name())
                    .tag("verdict", judged.verdict())
                    .register(meters))
        .increment();
  }
}
