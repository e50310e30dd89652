package org.rekey.bench.registry;

import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.rekey.bench.load.ClosedLoop;
import org.rekey.bench.load.MachineLock;
import org.rekey.bench.load.Memory;
import org.rekey.bench.load.Meter;
import org.rekey.bench.load.Metrics.Metric;
import org.rekey.bench.load.OpenLoop;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.RegisteredTokens;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.RoundOptions;
import org.rekey.bench.load.StreamedVerdicts;
import org.rekey.bench.load.TokenMint;
import org.rekey.bench.load.WarmUp;
import org.rekey.bench.load.Work;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.runtime.server.Lifecycle;

/// One instance and one number of live tokens, from the first verdict on each of them on.
final class RegistryRun {
  /// So few that they don't show in a million, and enough to be warm before memory is looked at.
  static final int WARM_UP_TOKENS = 100;

  /// Fewer are lost in what else comes and goes in a heap.
  private static final int ENOUGH_TO_WEIGH = 10_000;

  private static final String SERVICE = "useradm";
  private static final int FILL_BATCH = 64;
  private static final int FILL_AT_ONCE = 16;
  private static final int BATCH = 16;
  private static final int BATCHES_AT_ONCE = 4;
  private static final int CALLS_AT_ONCE = 64;
  private static final Duration FEED_LIMIT = Duration.ofSeconds(30);
  private static final double MEGA = 1e6;

  private final Plan plan;
  private final int live;
  private final RegistryFigures figures;
  private final Progress progress;
  private final Lifecycle lifecycle;
  private final RekeyUp instance;
  private final ManagedChannel channel;
  private final RegisteredTokens registered;
  private final String name;

  /// @param rate calls a second
  /// @param heapMegabytes of useradm-svc, the same for every number of tokens
  record Plan(RoundOptions options, int rate, int heapMegabytes, TokenMint mint) {}

  RegistryRun(
      Plan plan,
      int live,
      Path work,
      RegistryFigures figures,
      Progress progress,
      Lifecycle lifecycle) {
    this.plan = plan;
    this.live = live;
    this.figures = figures;
    this.progress = progress;
    this.lifecycle = lifecycle;
    this.name = Progress.number(live) + " live";
    progress.say(name + ": starting an instance");
    List<String> settings = new ArrayList<>();
    settings.add(plan.mint().setting());
    settings.add("USERADM_REGISTRY_CACHE_SIZE=" + Math.max(1_000_000, live + live / 4));
    settings.addAll(plan.options().settings());
    this.instance =
        lifecycle.manage(
            "instance",
            RekeyUp.start(work, settings, List.of("--heap", "useradm=" + plan.heapMegabytes())));
    this.channel = instance.asGateway(SERVICE);
    lifecycle.manage("channel", channel::shutdownNow);
    this.registered = lifecycle.manage("tokens", RegisteredTokens.none(instance, plan.mint()));
  }

  void run() {
    List<VerifyRequest> few = registered.growTo(WARM_UP_TOKENS, progress.count("tokens", live));
    awaitTokenFeed();
    try (MachineLock _ = MachineLock.take(plan.options().lock())) {
      warmUp(few);
    }
    Memory before = Memory.of(instance.pid(SERVICE));
    progress.say("making live tokens");
    Progress.Count made = progress.count("tokens", live);
    made.add(few.size());
    List<VerifyRequest> all = registered.growTo(live, made);
    try (MachineLock _ = MachineLock.take(plan.options().lock())) {
      fill(all);
    }
    remembered(before);
    Work noOp = Work.noOp(channel);
    Work verify = Work.verify(channel, Work.atRandom(all));
    StreamedVerdicts stream = lifecycle.manage("stream", new StreamedVerdicts(channel, all, BATCH));
    try (MachineLock _ = MachineLock.take(plan.options().lock())) {
      progress.say("getting used to the rate");
      var _ = OpenLoop.run(noOp, plan.rate(), seconds()).withoutFailures();
      var _ = OpenLoop.run(verify, plan.rate(), seconds()).withoutFailures();
    }
    for (int round = 1; round <= plan.options().rounds(); round++) {
      try (MachineLock _ = MachineLock.take(plan.options().lock())) {
        progress.say("round %d of %d".formatted(round, plan.options().rounds()));
        round(noOp, verify, stream);
      }
    }
  }

  /// Before it is heard, every word of the registry is one that has to be asked for again.
  private void awaitTokenFeed() {
    long limit = System.nanoTime() + FEED_LIMIT.toNanos();
    while (instance.metrics(SERVICE).of(Metric.TOKEN_FEED_COVERED) < 1) {
      if (System.nanoTime() - limit > 0) {
        throw new IllegalStateException("useradm does not hear the token feed");
      }
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("stopped while waiting for the token feed", e);
      }
    }
  }

  private void warmUp(List<VerifyRequest> tokens) {
    progress.say("warming up");
    warmUp(Work.noOp(channel), CALLS_AT_ONCE);
    warmUp(Work.verify(channel, tokens), CALLS_AT_ONCE);
    try (StreamedVerdicts stream = new StreamedVerdicts(channel, tokens, BATCH)) {
      warmUp(stream, BATCHES_AT_ONCE);
    }
  }

  private void warmUp(Work work, int atOnce) {
    WarmUp.run(work, atOnce, instance.pid(SERVICE), seconds(), plan.options().warmup());
  }

  private void fill(List<VerifyRequest> all) {
    progress.say("the first verdict on each");
    List<VerifyRequest> unknown = all.subList(WARM_UP_TOKENS, all.size());
    Progress.Count count = progress.count("verdicts", unknown.size());
    ClosedLoop.Measured measured;
    Meter meter = Meter.start(instance, SERVICE);
    try (StreamedVerdicts stream = new StreamedVerdicts(channel, unknown, FILL_BATCH)) {
      int batches = (unknown.size() + FILL_BATCH - 1) / FILL_BATCH;
      measured =
          ClosedLoop.run(counted(stream, count), Math.min(FILL_AT_ONCE, batches), (long) batches);
    }
    Meter.Cost cost = meter.stop();
    progress.say(
        String.format(
            Locale.ROOT,
            "  %.1f s, %.0f queries",
            measured.took().toNanos() / 1e9,
            cost.counted(Metric.REGISTRY_QUERIES)));
    figures
        .fill()
        .round(
            name,
            measured.took().toNanos() / 1e9,
            measured.perSecond(),
            cost.counted(Metric.REGISTRY_QUERIES),
            measured.calls() / cost.counted(Metric.REGISTRY_QUERIES),
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

  private void remembered(Memory before) {
    Memory now = Memory.of(instance.pid(SERVICE));
    double remembered = instance.metrics(SERVICE).of(Metric.REGISTRY_REMEMBERED);
    double heap = now.heapBytes() - before.heapBytes();
    double resident = now.residentBytes() - before.residentBytes();
    double more = live < ENOUGH_TO_WEIGH ? Double.NaN : live - WARM_UP_TOKENS;
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
            heap / more,
            now.residentBytes() / MEGA,
            resident / more);
  }

  private void round(Work noOp, Work verify, StreamedVerdicts stream) {
    Meter whole = Meter.start(instance, SERVICE);
    double floor = steady("no-op", noOp, Double.NaN);
    var _ = steady("Verify", verify, floor);
    Meter meter = Meter.start(instance, SERVICE);
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
    Meter.Cost all = whole.stop();
    double counts = all.counted(Metric.USAGE_COUNTS);
    figures.usage().round(name, counts, all.counted(Metric.USAGE_SECONDS) * 1e3 / counts);
  }

  /// @param floor the no-op's CPU; not a number for the no-op itself
  /// @return the server's CPU, microseconds a call
  private double steady(String rpc, Work work, double floor) {
    Meter meter = Meter.start(instance, SERVICE);
    OpenLoop.Measured measured = OpenLoop.run(work, plan.rate(), seconds()).withoutFailures();
    Meter.Cost cost = meter.stop();
    double micros = cost.microsPer(measured.calls());
    var latencies = measured.latencies();
    progress.say(
        String.format(
            Locale.ROOT,
            "  %s: p50 %.2f ms, p99 %.2f ms, p999 %.2f ms, %.0f µs of CPU, %.0f queries",
            rpc,
            latencies.millis(0.5),
            latencies.millis(0.99),
            latencies.millis(0.999),
            micros,
            cost.counted(Metric.REGISTRY_QUERIES)));
    figures
        .steady()
        .round(
            rpc + ", " + name,
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
    return Duration.ofSeconds(plan.options().seconds());
  }
}
