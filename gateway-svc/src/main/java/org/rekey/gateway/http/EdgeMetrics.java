package org.rekey.gateway.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerRequest;
import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.access.AccessLog;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.Upstream;
import org.rekey.gateway.verdict.Verdict;
import org.rekey.runtime.server.FirstAnswer;
import org.rekey.runtime.trace.Tracing;

/// What is seen of requests at the edge: metrics, and the access log and the traces that each
/// [Seen] goes to.
///
/// No label has a value that a client chooses: routes come from the table of the API and from the
/// routes file, statuses are classes, everything else is an enum.
public final class EdgeMetrics {
  private static final int CLASSES = 6;

  /// Beyond these, routes are counted as one: routes files may come and go.
  private static final int MAX_ROUTES = 1000;

  private static final Duration[] REQUEST_BUCKETS =
      millis(0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000);
  private static final Duration[] VERDICT_BUCKETS =
      millis(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 500, 1000, 2000);

  private record Judged(Audience audience, String verdict) {}

  private record Failed(Upstream upstream, String cause) {}

  private final MeterRegistry meters;
  private final AccessLog log;
  private final @Nullable Tracer tracer;
  private final boolean isClientTrusted;
  private final Duration devicesSeenWithin;
  private final Map<String, Timer[]> requests = new ConcurrentHashMap<>();
  private final Map<Upstream, Timer[]> upstreams = new ConcurrentHashMap<>();
  private final Map<Integer, Counter> responses = new ConcurrentHashMap<>();
  private final Map<Judged, Counter> verdicts = new ConcurrentHashMap<>();
  private final Map<Audience, Timer> verdictTimes = new ConcurrentHashMap<>();
  private final Map<Failed, Counter> upstreamFailures = new ConcurrentHashMap<>();
  private final Map<Upstream, Counter> upstreamRetries = new ConcurrentHashMap<>();
  private final Map<String, Counter> handshakes = new ConcurrentHashMap<>();
  private final Map<String, Counter> failedHandshakes = new ConcurrentHashMap<>();
  private final Counter aborted;
  private final Counter rateLimited;
  private final LongAdder inFlight = new LongAdder();
  private final FirstAnswer firstVerified = new FirstAnswer();

  /// Without an access log, without traces.
  public EdgeMetrics(MeterRegistry meters) {
    this(meters, AccessLog.OFF, Tracing.OFF, false, Duration.ofDays(7));
  }

  /// @param isClientTrusted whether a client's `traceparent` is gone on with
  /// @param devicesSeenWithin how long after its last request a device still counts
  public EdgeMetrics(
      MeterRegistry meters,
      AccessLog log,
      Tracing tracing,
      boolean isClientTrusted,
      Duration devicesSeenWithin) {
    this.devicesSeenWithin = devicesSeenWithin;
    this.meters = meters;
    this.log = log;
    this.tracer = tracing.isOn() ? tracing.tracer() : null;
    this.isClientTrusted = isClientTrusted;
    this.aborted =
        Counter.builder("gateway.requests.aborted")
            .description("Requests whose client went before the answer was complete")
            .register(meters);
    this.rateLimited =
        Counter.builder("gateway.requests.rate.limited")
            .description("Requests that the gateway answered 429 by itself")
            .register(meters);
    Gauge.builder("gateway.requests.in.flight", inFlight, LongAdder::sum)
        .description("Requests that are being answered")
        .register(meters);
  }

  AccessLog log() {
    return log;
  }

  /// For the devices of one port.
  DeviceSightings sightings() {
    return new DeviceSightings(devicesSeenWithin, InstantSource.system());
  }

  /// Null while nobody traces.
  @Nullable RequestTrace trace(HttpServerRequest request, String requestId) {
    return tracer == null ? null : RequestTrace.begin(tracer, isClientTrusted, request, requestId);
  }

  void begun() {
    inFlight.increment();
  }

  void ended(boolean isComplete) {
    inFlight.decrement();
    if (!isComplete) {
      aborted.increment();
    }
  }

  /// A 429 of the gateway's own.
  void rateLimited() {
    rateLimited.increment();
  }

  void answered(String route, int status, long nanos) {
    String label = requests.containsKey(route) || requests.size() < MAX_ROUTES ? route : "other";
    Timer[] timers = requests.computeIfAbsent(label, _ -> new Timer[CLASSES]);
    timer(timers, status, "gateway.requests", "route", label).record(nanos, TimeUnit.NANOSECONDS);
    responses
        .computeIfAbsent(
            status,
            code ->
                Counter.builder("gateway.responses")
                    .description("Answers to clients, by status")
                    .tag("status", Integer.toString(code))
                    .register(meters))
        .increment();
  }

  /// A request with a good token has its answer.
  void verified(String route, long nanos) {
    firstVerified.given(route, nanos);
  }

  void judged(Audience audience, Verdict verdict, long nanos) {
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
    verdictTimes
        .computeIfAbsent(
            audience,
            asked ->
                Timer.builder("gateway.verdict.duration")
                    .description("Time from asking a service for a verdict to its answer")
                    .serviceLevelObjectives(VERDICT_BUCKETS)
                    .tag("audience", asked.name())
                    .register(meters))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  void upstreamAnswered(Upstream upstream, int status, long nanos) {
    Timer[] timers = upstreams.computeIfAbsent(upstream, _ -> new Timer[CLASSES]);
    timer(timers, status, "gateway.upstream.requests", "upstream", name(upstream))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  void upstreamFailed(Upstream upstream, Throwable thrown) {
    upstreamFailures
        .computeIfAbsent(
            new Failed(upstream, cause(thrown)),
            failed ->
                Counter.builder("gateway.upstream.failures")
                    .description("Requests that an upstream did not answer")
                    .tag("upstream", name(failed.upstream()))
                    .tag("cause", failed.cause())
                    .register(meters))
        .increment();
  }

  void upstreamRetried(Upstream upstream) {
    upstreamRetries
        .computeIfAbsent(
            upstream,
            asked ->
                Counter.builder("gateway.upstream.retries")
                    .description("Requests that were sent once more")
                    .tag("upstream", name(asked))
                    .register(meters))
        .increment();
  }

  /// @param version of TLS
  void handshake(String version) {
    handshakes
        .computeIfAbsent(
            version,
            spoken ->
                Counter.builder("gateway.tls.handshakes")
                    .description("TLS handshakes that came to an end, by version")
                    .tag("version", spoken)
                    .register(meters))
        .increment();
  }

  /// A connection that ended before it was one.
  void handshakeFailed(Throwable thrown) {
    failedHandshakes
        .computeIfAbsent(
            handshakeCause(thrown),
            cause ->
                Counter.builder("gateway.tls.handshake.failures")
                    .description("Connections that ended before TLS was agreed on")
                    .tag("cause", cause)
                    .register(meters))
        .increment();
  }

  /// Two event loops that come here at once make the same timer.
  private Timer timer(Timer[] byClass, int status, String name, String label, String value) {
    int index = status >= 100 && status < 600 ? status / 100 : 0;
    Timer timer = byClass[index];
    if (timer == null) {
      timer =
          Timer.builder(name)
              .description("Time to the head of the answer")
              .serviceLevelObjectives(REQUEST_BUCKETS)
              .tag(label, value)
              .tag("status", index == 0 ? "other" : index + "xx")
              .register(meters);
      byClass[index] = timer;
    }
    return timer;
  }

  private static String name(Upstream upstream) {
    return upstream.host() + ":" + upstream.port();
  }

  private static String cause(Throwable thrown) {
    return switch (thrown) {
      case TimeoutException _ -> "timeout";
      case ConnectException _ -> "connect";
      case SSLException _ -> "tls";
      case HttpClosedException _, ClosedChannelException _ -> "closed";
      default -> "other";
    };
  }

  private static String handshakeCause(Throwable thrown) {
    String message = String.valueOf(thrown.getMessage());
    if (message.contains("certificate")) {
      return "certificate";
    }
    if (message.contains("protocol") || message.contains("cipher")) {
      return "protocol";
    }
    if (message.contains("not an SSL/TLS record")) {
      return "not_tls";
    }
    return message.contains("timed out") ? "timeout" : "other";
  }

  private static Duration[] millis(double... values) {
    Duration[] durations = new Duration[values.length];
    for (int i = 0; i < values.length; i++) {
      durations[i] = Duration.ofNanos(Math.round(values[i] * 1e6));
    }
    return durations;
  }
}
