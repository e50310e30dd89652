package org.rekey.bench.devices;

import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import org.rekey.bench.Figures;
import org.rekey.bench.load.Cpu;
import org.rekey.bench.load.Latencies;
import org.rekey.bench.load.Meter;
import org.rekey.bench.load.Metrics.Metric;
import org.rekey.bench.load.MintedToken;
import org.rekey.bench.load.OpenLoop;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.RoundOptions;
import org.rekey.bench.load.WarmUp;
import org.rekey.bench.load.Work;
import org.rekey.proto.auth.v1.VerifyRequest;

/// Devices that ask a backend behind the gateway whether there is something for them, at a steady
/// rate. Each was last here half an hour ago, so each is a check-in to be noted.
final class Polls {
  private static final String SERVICE = "deviceauth";
  private static final int AT_ONCE = 32;

  /// Longer than what check-ins are collected for.
  private static final Duration UNTIL_NOTED = Duration.ofSeconds(7);

  private final Setup setup;
  private int polled;

  /// @param rate polls a second
  record Setup(
      RekeyUp instance,
      Gateway gateway,
      Fleet fleet,
      DeviceRows rows,
      RoundOptions options,
      int rate,
      Figures polls,
      Figures checkIns,
      Progress progress) {}

  Polls(Setup setup) {
    this.setup = setup;
  }

  /// @param tokens of devices that are here all the time
  void warmUp(List<VerifyRequest> tokens) {
    setup.progress().say("warming up polls");
    List<HttpRequest> polls =
        tokens.stream()
            .map(request -> setup.gateway().poll(request.getToken().toStringUtf8()))
            .toList();
    WarmUp.run(
        setup.gateway().work(Work.inTurn(polls), 204),
        AT_ONCE,
        setup.instance().pid("gateway"),
        Duration.ofSeconds(setup.options().seconds()),
        setup.options().warmup());
  }

  /// Other devices than in the round before: each polls for the first time, which is a question
  /// for the registry too, and then once more.
  void round() {
    int devices = setup.rate() * setup.options().seconds();
    List<HttpRequest> polls = polls(devices);
    Instant started = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    measure("no-op, HTTPS", setup.gateway().noOp());
    Work poll = setup.gateway().work(Work.inTurn(polls), 204);
    measure("poll, the first in half an hour", poll);
    measure("poll", poll);
    pause();
    long noted = setup.rows().hereSince(started);
    setup.progress().say("  %d devices, %d check-ins noted".formatted(devices, noted));
    setup.checkIns().round("polls", devices, (double) noted);
  }

  private List<HttpRequest> polls(int devices) {
    Progress.Count made = setup.progress().count("polling devices", devices);
    List<MintedToken> tokens =
        setup.rows().addLive(setup.fleet(), Fleet.Part.POLLING, polled, devices, made);
    polled += devices;
    return tokens.stream().map(token -> setup.gateway().poll(token.jws().toStringUtf8())).toList();
  }

  private void measure(String row, Work work) {
    long gateway = setup.instance().pid("gateway");
    Meter meter = Meter.start(setup.instance(), SERVICE);
    Duration before = Cpu.usedBy(gateway);
    OpenLoop.Measured measured =
        OpenLoop.run(work, setup.rate(), Duration.ofSeconds(setup.options().seconds()));
    Duration used = Cpu.usedBy(gateway).minus(before);
    Meter.Cost cost = meter.stop();
    Latencies latencies = measured.latencies();
    long failed = measured.calls() - latencies.count();
    double queries = cost.counted(Metric.REGISTRY_QUERIES);
    setup
        .progress()
        .say(
            String.format(
                Locale.ROOT,
                "  %s: p50 %.2f ms, p99 %.2f ms, %.0f queries, %d with another answer %s",
                row,
                latencies.millis(0.5),
                latencies.millis(0.99),
                queries,
                failed,
                measured.failure() == null ? "" : measured.failure()));
    setup
        .polls()
        .round(
            row,
            measured.calls() * 1e9 / measured.took().toNanos(),
            latencies.millis(0.5),
            latencies.millis(0.99),
            latencies.millis(0.999),
            (double) failed,
            used.toNanos() / 1e3 / measured.calls(),
            cost.microsPer(measured.calls()),
            queries);
  }

  private static void pause() {
    try {
      Thread.sleep(UNTIL_NOTED);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while check-ins were noted", e);
    }
  }
}
