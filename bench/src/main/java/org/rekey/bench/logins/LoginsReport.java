package org.rekey.bench.logins;

import static org.rekey.bench.Figures.Column.median;
import static org.rekey.bench.Figures.Column.withRange;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.rekey.bench.Figures;
import org.rekey.bench.load.Latencies;
import org.rekey.bench.load.Logins;
import org.rekey.bench.load.MachineLock;
import org.rekey.bench.load.Meter;
import org.rekey.bench.load.Metrics.Metric;
import org.rekey.bench.load.OpenLoop;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.RegisteredTokens;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.RoundOptions;
import org.rekey.bench.load.TokenMint;
import org.rekey.bench.load.WarmUp;
import org.rekey.bench.load.Work;
import org.rekey.bench.load.WorkDirectory;
import org.rekey.proto.useradm.v1.LoginResponse;
import org.rekey.proto.useradm.v1.SessionsGrpc;
import org.rekey.runtime.server.Lifecycle;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `bench/run logins`: verification alone, with logins beside it, and in a storm of them, in turns.
@Command(
    name = "logins",
    mixinStandardHelpOptions = true,
    description = "Verification with logins beside it.")
public final class LoginsReport implements Callable<Integer> {
  private static final String SERVICE = "useradm";
  private static final int TOKENS = 1000;
  private static final int CALLS_AT_ONCE = 64;
  private static final int LOGINS_AT_ONCE = 4;
  private static final String SECONDS = "20";

  @Mixin private RoundOptions options = new RoundOptions();

  @Option(names = "--rate", defaultValue = "50", description = "logins a second (${DEFAULT-VALUE})")
  private int rate;

  @Option(
      names = "--storm",
      defaultValue = "500",
      description = "logins a second in a storm (${DEFAULT-VALUE})")
  private int storm;

  @Option(
      names = "--verify-rate",
      defaultValue = "1000",
      description = "calls of Verify a second (${DEFAULT-VALUE})")
  private int verifyRate;

  @Option(
      names = "--users",
      defaultValue = "100",
      description = "who log in, in turn (${DEFAULT-VALUE})")
  private int users;

  @Option(
      names = "--heap",
      paramLabel = "MEGABYTES",
      defaultValue = "128",
      description = "of useradm-svc (${DEFAULT-VALUE}, as `rekey up` has it)")
  private int heap;

  @Option(names = "--json", description = "print JSON with every round instead of tables")
  private boolean isJson;

  private final Lifecycle lifecycle = new Lifecycle();
  private final Progress progress = new Progress();
  private final Figures verification =
      new Figures(
          "verification",
          median("calls per second", 0),
          withRange("p50 ms", 2),
          withRange("p99 ms", 2),
          withRange("p999 ms", 2),
          withRange("p99, of that alone", 2),
          median("not answered", 0),
          withRange("server CPU, cores", 2),
          withRange("stopped by GC, ms", 0),
          median("full GCs", 0));
  private final Figures logins =
      new Figures(
          "logins",
          median("asked for", 0),
          withRange("answered with a token", 0),
          withRange("told to come back", 0),
          median("other failures", 0),
          median("tokens per second", 1),
          withRange("p50 ms", 0),
          withRange("p99 ms", 0),
          median("one hash ms", 1));

  /// @param logins a second; 0 for none
  private record Variant(String name, int logins) {}

  private record Setup(RekeyUp instance, Work verify, Work login) {}

  private LoginsReport() {}

  public static void main(String[] arguments) {
    CommandLine line = new CommandLine(new LoginsReport());
    line.setDefaultValueProvider(
        argument ->
            argument instanceof CommandLine.Model.OptionSpec option
                    && option.longestName().equals("--seconds")
                ? SECONDS
                : null);
    System.exit(line.execute(arguments));
  }

  @Override
  public Integer call() {
    Runtime.getRuntime().addShutdownHook(new Thread(lifecycle::close, "stop"));
    Setup setup = setup();
    List<Variant> variants =
        List.of(
            new Variant("alone", 0),
            new Variant("%d logins a second".formatted(rate), rate),
            new Variant("%d logins a second".formatted(storm), storm));
    try (MachineLock _ = MachineLock.take(options.lock())) {
      warmUp(setup);
    }
    for (int round = 1; round <= options.rounds(); round++) {
      try (MachineLock _ = MachineLock.take(options.lock())) {
        progress.say("round %d of %d".formatted(round, options.rounds()));
        double alone = Double.NaN;
        for (Variant variant : variants) {
          double p99 = measure(setup, variant, alone);
          alone = variant.logins() == 0 ? p99 : alone;
        }
      }
    }
    List<Figures> figures = List.of(verification, logins);
    System.out.println(isJson ? Figures.json(figures) : Figures.text(figures));
    lifecycle.close();
    return 0;
  }

  private Setup setup() {
    WorkDirectory work = lifecycle.manage("work directory", WorkDirectory.make());
    TokenMint mint = TokenMint.make("useradm", work.resolve("keys"));
    List<String> settings = new ArrayList<>(List.of(mint.setting()));
    settings.addAll(options.settings());
    progress.say("starting an instance");
    RekeyUp instance =
        lifecycle.manage(
            "instance",
            RekeyUp.startWithRealPasswords(
                work.resolve("rekey"), settings, List.of("--heap", "useradm=" + heap)));
    ManagedChannel channel = instance.asGateway(SERVICE);
    lifecycle.manage("channel", channel::shutdownNow);
    progress.say("making %d users and %d live tokens of others".formatted(users, TOKENS));
    Work verify;
    try (RegisteredTokens tokens = RegisteredTokens.none(instance, mint)) {
      verify =
          Work.verify(
              channel, Work.atRandom(tokens.growTo(TOKENS, progress.count("tokens", TOKENS))));
    }
    Work login =
        Work.unary(
            channel,
            SessionsGrpc.getLoginMethod(),
            Work.inTurn(Logins.ofNewUsers(channel, users)),
            LoginResponse::hasIssued);
    return new Setup(instance, verify, login);
  }

  private void warmUp(Setup setup) {
    progress.say("warming up");
    warmUp(setup, setup.verify(), CALLS_AT_ONCE);
    warmUp(setup, setup.login(), LOGINS_AT_ONCE);
  }

  private void warmUp(Setup setup, Work work, int atOnce) {
    WarmUp.run(work, atOnce, setup.instance().pid(SERVICE), seconds(), options.warmup());
  }

  /// @param alone the p99 of verification without logins, in this round
  /// @return the p99 of this one
  private double measure(Setup setup, Variant variant, double alone) {
    Meter whole = Meter.start(setup.instance(), SERVICE);
    CompletableFuture<OpenLoop.Measured> beside =
        CompletableFuture.supplyAsync(
            () -> OpenLoop.run(setup.login(), variant.logins(), seconds()),
            task -> Thread.ofPlatform().name("logins").start(task));
    OpenLoop.Measured verified = OpenLoop.run(setup.verify(), verifyRate, seconds());
    double p99 = verified(variant, verified, alone, whole.stop());
    OpenLoop.Measured loggedIn = beside.join();
    if (variant.logins() > 0) {
      Meter.Cost cost = whole.stop();
      double hashes = cost.counted(Metric.PASSWORD_HASHES);
      loggedIn(variant, loggedIn, cost.counted(Metric.PASSWORD_HASH_SECONDS) * 1e3 / hashes);
    }
    return p99;
  }

  private double verified(
      Variant variant, OpenLoop.Measured measured, double alone, Meter.Cost cost) {
    Latencies latencies = measured.latencies();
    double p99 = latencies.millis(0.99);
    long failed = measured.calls() - latencies.count();
    progress.say(
        String.format(
            Locale.ROOT,
            "  %s: Verify p50 %.2f ms, p99 %.2f ms, p999 %.2f ms, %d not answered, %.2f cores,"
                + " %d ms stopped by GC",
            variant.name(),
            latencies.millis(0.5),
            p99,
            latencies.millis(0.999),
            failed,
            cost.cores(),
            cost.stopped().toMillis()));
    verification.round(
        variant.name(),
        measured.calls() * 1e9 / measured.took().toNanos(),
        latencies.millis(0.5),
        p99,
        latencies.millis(0.999),
        variant.logins() == 0 ? 1 : p99 / alone,
        (double) failed,
        cost.cores(),
        (double) cost.stopped().toMillis(),
        (double) cost.fullCollections());
    return p99;
  }

  private void loggedIn(Variant variant, OpenLoop.Measured measured, double hashMillis) {
    Latencies latencies = measured.latencies();
    long later = measured.failed(Status.Code.UNAVAILABLE);
    long others = measured.calls() - latencies.count() - later;
    progress.say(
        String.format(
            Locale.ROOT,
            "  %s: %d tokens, %d told to come back, %d other failures, p50 %.0f ms, p99 %.0f ms",
            variant.name(),
            latencies.count(),
            later,
            others,
            latencies.millis(0.5),
            latencies.millis(0.99)));
    logins.round(
        variant.name(),
        (double) measured.calls(),
        latencies.count(),
        (double) later,
        (double) others,
        latencies.count() * 1e9 / measured.took().toNanos(),
        latencies.millis(0.5),
        latencies.millis(0.99),
        hashMillis);
  }

  private Duration seconds() {
    return Duration.ofSeconds(options.seconds());
  }
}
