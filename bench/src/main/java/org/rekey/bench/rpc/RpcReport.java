package org.rekey.bench.rpc;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.rekey.bench.Spread;
import org.rekey.bench.Table;
import org.rekey.bench.load.ClosedLoop;
import org.rekey.bench.load.ClosedLoop.Measured;
import org.rekey.bench.load.Cpu;
import org.rekey.bench.load.Logins;
import org.rekey.bench.load.MachineLock;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.RoundOptions;
import org.rekey.bench.load.StreamedVerdicts;
import org.rekey.bench.load.WarmUp;
import org.rekey.bench.load.Work;
import org.rekey.bench.load.WorkDirectory;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.runtime.server.Lifecycle;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench/run rpc`: `Verify` of a running useradm-svc and the no-op, in turns, over one connection.
@Command(
    name = "rpc",
    mixinStandardHelpOptions = true,
    description = "Verify over gRPC, next to an rpc that does nothing.")
public final class RpcReport implements Callable<Integer> {
  private static final List<Integer> AT_ONCE = List.of(1, 8, 64);
  private static final int BATCH = 16;
  private static final List<Integer> BATCHES_AT_ONCE = List.of(1, 4);

  @Mixin private RoundOptions options = new RoundOptions();

  @Option(
      names = "--tokens",
      split = ",",
      defaultValue = "1000,100000",
      description = "how many live tokens take turns (${DEFAULT-VALUE})")
  private List<Integer> tokenCounts = new ArrayList<>();

  private final Lifecycle lifecycle = new Lifecycle();

  /// @param noOp the no-op that it is to be compared with
  private record Variant(String name, Work work, int atOnce, String noOp) {
    int outstanding() {
      return atOnce * work.size();
    }
  }

  /// @param cpuMicros of the server's process, per call
  private record Sample(double perSecond, double p50Millis, double p99Millis, double cpuMicros) {
    String text() {
      return String.format(
          Locale.ROOT,
          "%.0f per second, p50 %.2f ms, p99 %.2f ms, %.0f µs of CPU",
          perSecond,
          p50Millis,
          p99Millis,
          cpuMicros);
    }
  }

  private RpcReport() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new RpcReport()).execute(arguments));
  }

  @Override
  public Integer call() {
    Runtime.getRuntime().addShutdownHook(new Thread(lifecycle::close, "stop"));
    WorkDirectory work = lifecycle.manage("work directory", WorkDirectory.make());
    say("starting an instance");
    RekeyUp instance =
        lifecycle.manage(
            "instance", RekeyUp.start(work.resolve("rekey"), options.settings(), List.of()));
    ManagedChannel channel = instance.asGateway("useradm");
    lifecycle.manage("channel", channel::shutdownNow);
    List<Variant> variants = variants(channel);
    long server = instance.pid("useradm");
    Map<Variant, List<Sample>> samples = new LinkedHashMap<>();
    try (MachineLock _ = MachineLock.take(options.lock())) {
      say("warming up");
      for (Variant variant : variants) {
        if (variant.outstanding() == AT_ONCE.getLast()) {
          Duration slice = Duration.ofSeconds(options.seconds());
          WarmUp.run(() -> measure(variant, server, slice).cpuMicros(), options.warmup());
        }
      }
    }
    for (int round = 1; round <= options.rounds(); round++) {
      try (MachineLock _ = MachineLock.take(options.lock())) {
        say("round " + round + " of " + options.rounds());
        for (Variant variant : variants) {
          Sample sample = measure(variant, server, Duration.ofSeconds(options.seconds()));
          say("  %s, %d: %s".formatted(variant.name(), variant.outstanding(), sample.text()));
          samples.computeIfAbsent(variant, _ -> new ArrayList<>()).add(sample);
        }
      }
    }
    System.out.println(table(variants, samples));
    lifecycle.close();
    return 0;
  }

  private List<Variant> variants(Channel channel) {
    int most = tokenCounts.stream().mapToInt(Integer::intValue).max().orElseThrow();
    say("logging in " + most + " times");
    List<VerifyRequest> tokens =
        Logins.make(channel, most).stream()
            .map(ByteString::copyFromUtf8)
            .map(token -> VerifyRequest.newBuilder().setToken(token).build())
            .toList();
    List<Variant> variants = new ArrayList<>();
    for (int atOnce : AT_ONCE) {
      String noOp = "no-op, unary, " + atOnce;
      variants.add(new Variant(noOp, Work.noOp(channel), atOnce, noOp));
      for (int count : tokenCounts) {
        Work verify = Work.verify(channel, tokens.subList(0, count));
        variants.add(new Variant("Verify, unary, " + of(count), verify, atOnce, noOp));
      }
    }
    for (int batches : BATCHES_AT_ONCE) {
      for (int count : tokenCounts) {
        StreamedVerdicts stream =
            lifecycle.manage(
                "stream", new StreamedVerdicts(channel, tokens.subList(0, count), BATCH));
        String name = "VerifyStream, batches of %d, %s".formatted(BATCH, of(count));
        variants.add(new Variant(name, stream, batches, "no-op, unary, " + AT_ONCE.getLast()));
      }
    }
    return variants;
  }

  private static String of(int tokens) {
    return "%,d tokens".formatted(tokens).replace(',', ' ');
  }

  private static Sample measure(Variant variant, long server, Duration duration) {
    Duration before = Cpu.usedBy(server);
    Measured measured = ClosedLoop.run(variant.work(), variant.atOnce(), duration);
    Duration used = Cpu.usedBy(server).minus(before);
    return new Sample(
        measured.perSecond(),
        measured.latencies().millis(0.5),
        measured.latencies().millis(0.99),
        used.toNanos() / 1e3 / measured.calls());
  }

  private static Table table(List<Variant> variants, Map<Variant, List<Sample>> samples) {
    Table table =
        new Table(
            "rpc",
            "outstanding",
            "per second",
            "of the no-op's",
            "p50 ms",
            "p99 ms",
            "server CPU µs",
            "of the no-op's");
    for (Variant variant : variants) {
      List<Sample> own = samples.getOrDefault(variant, List.of());
      List<Sample> noOp =
          variants.stream()
              .filter(other -> other.name().equals(variant.noOp()))
              .findFirst()
              .map(other -> samples.getOrDefault(other, List.of()))
              .orElseThrow();
      table.row(
          variant.name().replaceAll(", \\d+$", ""),
          Integer.toString(variant.outstanding()),
          spread(own, Sample::perSecond).text(0),
          ratio(own, noOp, Sample::perSecond).textWithRange(2),
          spread(own, Sample::p50Millis).text(2),
          spread(own, Sample::p99Millis).text(2),
          spread(own, Sample::cpuMicros).text(0),
          ratio(own, noOp, Sample::cpuMicros).textWithRange(2));
    }
    return table;
  }

  private static Spread spread(List<Sample> samples, ToDoubleFunction<Sample> figure) {
    return Spread.of(samples.stream().map(figure::applyAsDouble).toList());
  }

  /// Round by round: what disturbs a round disturbs both.
  private static Spread ratio(
      List<Sample> own, List<Sample> other, ToDoubleFunction<Sample> figure) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < own.size(); round++) {
      ratios.add(figure.applyAsDouble(own.get(round)) / figure.applyAsDouble(other.get(round)));
    }
    return Spread.of(ratios);
  }

  private static void say(String text) {
    System.err.println("bench: " + text);
  }
}
