package org.rekey.bench.token;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;
import org.rekey.bench.Spread;
import org.rekey.bench.Table;
import org.rekey.bench.load.MachineLock;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `bench/run verify`: the JMH benchmarks of this package under each crypto provider, as one table.
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = "One check of a token, by algorithm and crypto provider.")
public final class VerifyReport implements Callable<Integer> {
  private static final String CORRETTO_JAR = "AmazonCorrettoCryptoProvider";
  private static final List<String> PROVIDERS = List.of("Amazon Corretto", "JDK");
  private static final List<Class<?>> BENCHMARKS =
      List.of(SignatureBenchmark.class, TokenBenchmark.class, NimbusBenchmark.class);
  private static final List<String> COLUMNS =
      List.of(
          "SignatureBenchmark.rekey",
          "TokenBenchmark.rekey",
          "TokenBenchmark.rekeyRemembered",
          "NimbusBenchmark.light",
          "NimbusBenchmark.full");

  private record Cell(String provider, String key, String benchmark) {}

  @Option(names = "--forks", defaultValue = "2", description = "JVMs for each (${DEFAULT-VALUE})")
  private int forks;

  @Option(names = "--warmup", defaultValue = "3", description = "seconds (${DEFAULT-VALUE})")
  private int warmup;

  @Option(names = "--iterations", defaultValue = "5", description = "of 1 s (${DEFAULT-VALUE})")
  private int iterations;

  @Option(names = "--lock", description = "file to lock with flock(1) while a benchmark runs")
  private @Nullable Path lock;

  private final Map<Cell, Result<?>> results = new HashMap<>();

  private VerifyReport() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new VerifyReport()).execute(arguments));
  }

  @Override
  public Integer call() throws RunnerException {
    String classPath = System.getProperty("java.class.path");
    for (String provider : PROVIDERS) {
      // JMH's forks get this class path. Without the jar the whole verifier is as it is on a
      // machine for which there is none: keys too stay in the JDK's form.
      System.setProperty(
          "java.class.path", provider.equals("JDK") ? withoutCorretto(classPath) : classPath);
      for (Class<?> benchmark : BENCHMARKS) {
        try (MachineLock _ = MachineLock.take(lock)) {
          keep(provider, new Runner(options(provider, benchmark)).run());
        }
      }
    }
    System.out.println(
        "\nµs for one check, one thread: median (lowest–highest) of %d iterations of 1 s in %d JVM(s)\n"
            .formatted(forks * iterations, forks));
    System.out.println(table());
    return 0;
  }

  private Options options(String provider, Class<?> benchmark) {
    return new OptionsBuilder()
        .include(benchmark.getName().replace(".", "\\.") + "\\.")
        .param("provider", provider)
        .forks(forks)
        .warmupIterations(warmup)
        .warmupTime(TimeValue.seconds(1))
        .measurementIterations(iterations)
        .measurementTime(TimeValue.seconds(1))
        .shouldFailOnError(true)
        .verbosity(VerboseMode.NORMAL)
        .jvmArgs(
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow")
        .build();
  }

  private static String withoutCorretto(String classPath) {
    return Arrays.stream(classPath.split(File.pathSeparator, -1))
        .filter(entry -> !entry.contains(CORRETTO_JAR))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private void keep(String provider, Collection<RunResult> runs) {
    for (RunResult run : runs) {
      String benchmark = run.getParams().getBenchmark();
      String name = benchmark.substring(VerifyReport.class.getPackageName().length() + 1);
      results.put(
          new Cell(provider, run.getParams().getParam("key"), name), run.getPrimaryResult());
    }
  }

  private Table table() {
    Table table =
        new Table(
            "key",
            "crypto provider",
            "signature alone",
            "whole token",
            "whole token, remembered",
            "nimbus, light",
            "nimbus, processor");
    for (KeyKind key : KeyKind.values()) {
      for (String provider : PROVIDERS) {
        List<String> row = new ArrayList<>(List.of(key.toString(), provider));
        for (String column : COLUMNS) {
          row.add(
              Optional.ofNullable(results.get(new Cell(provider, key.name(), column)))
                  .map(VerifyReport::text)
                  .orElse("–"));
        }
        table.row(row);
      }
    }
    return table;
  }

  private static String text(Result<?> result) {
    Statistics iterations = result.getStatistics();
    return new Spread(iterations.getPercentile(50), iterations.getMin(), iterations.getMax())
        .textWithRange(1);
  }
}
