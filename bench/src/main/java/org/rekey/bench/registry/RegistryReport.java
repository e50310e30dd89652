package org.rekey.bench.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.rekey.bench.Figures;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.RoundOptions;
import org.rekey.bench.load.TokenMint;
import org.rekey.bench.load.VerdictFigures;
import org.rekey.bench.load.WorkDirectory;
import org.rekey.runtime.server.Lifecycle;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `bench/run registry`: one instance after the other, each with its own number of live tokens; two
/// at once would disturb each other.
@Command(
    name = "registry",
    mixinStandardHelpOptions = true,
    description = "A verdict with few and with many live tokens.")
public final class RegistryReport implements Callable<Integer> {
  private static final int OTHER_MEGABYTES = 256;
  private static final int TOKENS_IN_A_MEGABYTE = 1000;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private RoundOptions options = new RoundOptions();

  @Option(
      names = "--live",
      split = ",",
      defaultValue = "1000,1000000",
      description = "how many live tokens (${DEFAULT-VALUE})")
  private List<Integer> sizes = new ArrayList<>();

  @Option(
      names = "--rate",
      defaultValue = "2000",
      description = "calls a second, for the steady rate (${DEFAULT-VALUE})")
  private int rate;

  @Option(
      names = "--heap",
      paramLabel = "MEGABYTES",
      description = "of useradm-svc (256, and one for every 1000 of the most live tokens)")
  private @Nullable Integer heap;

  @Option(names = "--json", description = "print JSON with every round instead of tables")
  private boolean isJson;

  private final Lifecycle lifecycle = new Lifecycle();
  private final Progress progress = new Progress();

  private RegistryReport() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new RegistryReport()).execute(arguments));
  }

  @Override
  public Integer call() {
    if (sizes.stream().anyMatch(live -> live <= RegistryRun.WARM_UP_TOKENS)) {
      throw new ParameterException(
          spec.commandLine(),
          "--live: %s (expected: more than %d)".formatted(sizes, RegistryRun.WARM_UP_TOKENS));
    }
    Runtime.getRuntime().addShutdownHook(new Thread(lifecycle::close, "stop"));
    WorkDirectory work = lifecycle.manage("work directory", WorkDirectory.make());
    TokenMint mint = TokenMint.make("useradm", work.resolve("keys"));
    VerdictFigures figures = VerdictFigures.none();
    int most = sizes.stream().mapToInt(Integer::intValue).max().orElseThrow();
    RegistryRun.Plan plan =
        new RegistryRun.Plan(
            options,
            rate,
            heap == null ? OTHER_MEGABYTES + most / TOKENS_IN_A_MEGABYTE : heap,
            mint);
    for (int live : sizes) {
      Lifecycle instance = new Lifecycle();
      lifecycle.manage("instance", instance);
      new RegistryRun(plan, live, work.resolve("rekey-" + live), figures, progress, instance).run();
      instance.close();
    }
    System.out.println(isJson ? Figures.json(figures.all()) : Figures.text(figures.all()));
    lifecycle.close();
    return 0;
  }
}
