package org.rekey.bench.propagation;

import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.rekey.bench.Figures;
import org.rekey.bench.load.Latencies;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.WorkDirectory;
import org.rekey.proto.keystore.v1.KeyAdminGrpc;
import org.rekey.runtime.server.Lifecycle;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `bench/run propagation`: an instance as an operator has it, and more and more verifiers beside
/// its own two.
@Command(
    name = "propagation",
    mixinStandardHelpOptions = true,
    description = {
      "From a key file in place to the last verifier that takes its tokens,",
      "and from `keys compromise` to the last acceptance of one anywhere."
    })
public final class PropagationReport implements Callable<Integer> {
  @Option(
      names = "--verifiers",
      split = ",",
      defaultValue = "1,10,100",
      description = "how many, beside those of the instance (${DEFAULT-VALUE})")
  private List<Integer> counts = new ArrayList<>();

  @Option(
      names = "--rounds",
      defaultValue = "100",
      description = "keys that come and go, for each number (${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--warmup",
      defaultValue = "20",
      description = "keys before the first one counts (${DEFAULT-VALUE})")
  private int warmup;

  @Option(names = "--json", description = "print JSON instead of a table")
  private boolean isJson;

  private final Lifecycle lifecycle = new Lifecycle();
  private final Progress progress = new Progress();
  private final Figures figures =
      new Figures(
          "verifiers",
          Figures.Column.median("ready p50 ms", 1),
          Figures.Column.median("ready p99 ms", 1),
          Figures.Column.median("ready max ms", 1),
          Figures.Column.median("last acceptance p50 ms", 1),
          Figures.Column.median("last acceptance p99 ms", 1),
          Figures.Column.median("last acceptance max ms", 1),
          Figures.Column.median("last ack p50 ms", 1),
          Figures.Column.median("last ack p99 ms", 1));

  private long kid = 1;

  private PropagationReport() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new PropagationReport()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(lifecycle::close, "stop"));
    WorkDirectory work = lifecycle.manage("work directory", WorkDirectory.make());
    progress.say("starting an instance");
    RekeyUp up =
        lifecycle.manage("instance", RekeyUp.start(work.resolve("rekey"), List.of(), List.of()));
    ManagedChannel operator = up.channel("operator", "keystore");
    lifecycle.manage("operator", operator::shutdownNow);
    for (int count : counts) {
      run(up, KeyAdminGrpc.newBlockingStub(operator), count);
    }
    System.out.println(isJson ? figures.json().toPrettyString() : figures.table());
    lifecycle.close();
    return 0;
  }

  private void run(RekeyUp up, KeyAdminGrpc.KeyAdminBlockingStub keystore, int count)
      throws Exception {
    progress.say(count + " verifiers: starting");
    try (Followers followers = Followers.start(up, count)) {
      Round round = new Round(followers.verifiers(), keystore, up);
      progress.say(count + " verifiers: warming up");
      for (int i = 0; i < warmup; i++) {
        round.run(kid++);
      }
      Progress.Count told = progress.count("keys", rounds);
      List<Round.Times> times = new ArrayList<>();
      for (int i = 0; i < rounds; i++) {
        times.add(round.run(kid++));
        told.add(1);
      }
      Latencies ready = latencies(times, Round.Times::ready);
      Latencies accepted = latencies(times, Round.Times::lastAcceptance);
      Latencies acked = latencies(times, Round.Times::lastAck);
      figures.round(
          Integer.toString(count),
          ready.millis(0.5),
          ready.millis(0.99),
          ready.millis(1),
          accepted.millis(0.5),
          accepted.millis(0.99),
          accepted.millis(1),
          acked.millis(0.5),
          acked.millis(0.99));
    }
  }

  private static Latencies latencies(
      List<Round.Times> times, Function<Round.Times, Duration> which) {
    return Latencies.of(times.stream().map(which).mapToLong(Duration::toNanos).toArray());
  }
}
