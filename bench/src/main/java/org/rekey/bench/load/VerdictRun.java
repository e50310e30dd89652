package org.rekey.bench.load;

import io.grpc.Channel;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.rekey.bench.load.Metrics.Metric;
import org.rekey.proto.auth.v1.VerifyRequest;

/// What one service's verdicts on many live tokens cost, from the first one on each of them on.
public final class VerdictRun {
  /// Fewer are lost in what else comes and goes in a heap.
  private static final int ENOUGH_TO_WEIGH = 10_000;

  private static final int FILL_BATCH = 64;
  private static final int FILL_AT_ONCE = 16;
  private static final int BATCH = 16;
  private static final int BATCHES_AT_ONCE = 4;
  private static final int CALLS_AT_ONCE = 64;
  private static final Duration FEED_LIMIT = Duration.ofSeconds(30);
  private static final double MEGA = 1e6;

  private final RekeyUp instance;
  private final String service;
  private final Channel channel;
  private final RoundOptions options;
  private final int rate;
  private final VerdictFigures figures;
  private final Progress progress;

  /// @param channel to the service
  /// @param rate calls a second
  public VerdictRun(
      RekeyUp instance,
      String service,
      Channel channel,
      RoundOptions options,
      int rate,
      VerdictFigures figures,
      Progress progress) {
    this.instance = instance;
    this.service = service;
    this.channel = channel;
    this.options = options;
    this.rate = rate;
    this.figures = figures;
    this.progress = progress;
  }

  /// Before it is heard, every word of the registry is one that has to be asked for again.
  public void awaitTokenFeed() {
    long limit = System.nanoTime() + FEED_LIMIT.toNanos();
    while (instance.metrics(service).of(Metric.TOKEN_FEED_COVERED) < 1) {
      if (System.nanoTime() - limit > 0) {
        throw new IllegalStateException(service + " does not hear the token feed");
      }
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("stopped while waiting for the token feed", e);
      }
    }
  }

  /// With tokens so few that they do not show in a million.
  ///
  /// @return what is held then
  public Memory warmUp(List<VerifyRequest> few) {
    progress.say("warming up");
    warmUp(Work.noOp(channel), CALLS_AT_ONCE);
    warmUp(Work.verify(channel, few), CALLS_AT_ONCE);
    try (StreamedVerdicts stream = new StreamedVerdicts(channel, few, BATCH)) {
      warmUp(stream, BATCHES_AT_ONCE);
    }
    return Memory.of(instance.pid(service));
  }

  private void warmUp(Work work, int atOnce) {
    WarmUp.run(work, atOnce, instance.pid(service), seconds(), options.warmup());
  }

  /// The first verdict on each.
  ///
  /// @param name of the row
  public void fill(String name, List<VerifyRequest> unknown) {
    progress.say("the first verdict on each");
    Progress.Count count = progress.count("verdicts", unknown.size());
    ClosedLoop.Measured measured;
    Meter meter = Meter.start(instance, service);
    try (StreamedVerdicts stream = new StreamedVerdicts(channel, unknown, FILL_BATCH)) {
      int batches = (unknown.size() + FILL_BATCH - 1) / FILL_BATCH;
      measured =
          ClosedLoop.run(counted(stream, count), Math.min(FILL_AT_ONCE, batches), (long) batches);
    }
    Meter.Cost cost = meter.stop();
    double queries = cost.counted(Metric.REGISTRY_QUERIES);
    progress.say(
        String.format(
            Locale.ROOT, "  %.1f s, %.0f queries", measured.took().toNanos() / 1e9, queries));
    figures
        .fill()
        .round(
            name,
            measured.took().toNanos() / 1e9,
            measured.perSecond(),
            queries,
            measured.calls() / queries,
            cost.microsPer(measured.calls()));
  }

  private static Work counted(Work work, Progress.Count count) {
    return new Work() {
      @Override
      public void start(Done done) {
        work.start(
            failure -> {
              count.add(work.size());
              done.with(failure);
            });
      }

      @Override
      public int size() {
        return work.size();
      }
    };
  }

  /// @param before what was held without them
  /// @param more how many tokens are remembered since
  public void remembered(String name, Memory before, int more) {
    Memory now = Memory.of(instance.pid(service));
    double remembered = instance.metrics(service).of(Metric.REGISTRY_REMEMBERED);
    double heap = now.heapBytes() - before.heapBytes();
    double resident = now.residentBytes() - before.residentBytes();
    double weighed = more < ENOUGH_TO_WEIGH ? Double.NaN : more;
    progress.say(
        String.format(
            Locale.ROOT,
            "  %.0f remembered, heap %.1f MB and %.1f MB before, RSS %.1f MB and %.1f MB before",
            remembered,
            now.heapBytes() / MEGA,
            before.heapBytes() / MEGA,
            now.residentBytes() / MEGA,
            before.residentBytes() / MEGA));
    figures
        .memory()
        .round(
            name,
            remembered,
            now.heapBytes() / MEGA,
            heap / weighed,
            now.residentBytes() / MEGA,
            resident / weighed);
  }

  /// Before the first round on other tokens.
  public void getUsedTo(List<VerifyRequest> tokens) {
    progress.say("getting used to the rate");
    var _ = OpenLoop.run(Work.noOp(channel), rate, seconds()).withoutFailures();
    Work verify = Work.verify(channel, Work.atRandom(tokens));
    var _ = OpenLoop.run(verify, rate, seconds()).withoutFailures();
  }

  /// The no-op, `Verify` and `VerifyStream`, one after the other.
  public void round(String name, List<VerifyRequest> tokens) {
    Meter whole = Meter.start(instance, service);
    double floor = steady("no-op, " + name, Work.noOp(channel), Double.NaN);
    Work verify = Work.verify(channel, Work.atRandom(tokens));
    var _ = steady("Verify, " + name, verify, floor);
    try (StreamedVerdicts stream = new StreamedVerdicts(channel, tokens, BATCH)) {
      streamed(name, stream);
    }
    Meter.Cost all = whole.stop();
    double counts = all.counted(Metric.USAGE_COUNTS);
    figures.usage().round(name, counts, all.counted(Metric.USAGE_SECONDS) * 1e3 / counts);
  }

  private void streamed(String name, StreamedVerdicts stream) {
    Meter meter = Meter.start(instance, service);
    ClosedLoop.Measured measured = ClosedLoop.run(stream, BATCHES_AT_ONCE, seconds());
    Meter.Cost cost = meter.stop();
    progress.say(
        String.format(
            Locale.ROOT,
            "  VerifyStream: %.0f verdicts per second, %.0f µs of CPU, %.0f queries",
            measured.perSecond(),
            cost.microsPer(measured.calls()),
            cost.counted(Metric.REGISTRY_QUERIES)));
    figures
        .streamed()
        .round(
            "batches of %d, %s".formatted(BATCH, name),
            measured.perSecond(),
            cost.microsPer(measured.calls()),
            cost.counted(Metric.REGISTRY_QUERIES));
  }

  /// @param floor the no-op's CPU; not a number for the no-op itself
  /// @return the server's CPU, microseconds a call
  private double steady(String row, Work work, double floor) {
    Meter meter = Meter.start(instance, service);
    OpenLoop.Measured measured = OpenLoop.run(work, rate, seconds()).withoutFailures();
    Meter.Cost cost = meter.stop();
    double micros = cost.microsPer(measured.calls());
    Latencies latencies = measured.latencies();
    progress.say(
        String.format(
            Locale.ROOT,
            "  %s: p50 %.2f ms, p99 %.2f ms, p999 %.2f ms, %.0f µs of CPU, %.0f queries",
            row,
            latencies.millis(0.5),
            latencies.millis(0.99),
            latencies.millis(0.999),
            micros,
            cost.counted(Metric.REGISTRY_QUERIES)));
    figures
        .steady()
        .round(
            row,
            measured.calls() * 1e9 / measured.took().toNanos(),
            latencies.millis(0.5),
            latencies.millis(0.99),
            latencies.millis(0.999),
            micros,
            Double.isNaN(floor) ? 1 : micros / floor,
            cost.counted(Metric.REGISTRY_QUERIES),
            (double) cost.stopped().toMillis());
    return micros;
  }

  private Duration seconds() {
    return Duration.ofSeconds(options.seconds());
  }
}
