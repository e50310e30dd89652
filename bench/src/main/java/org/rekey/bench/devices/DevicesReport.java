package org.rekey.bench.devices;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.rekey.bench.Figures;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.RoundOptions;
import org.rekey.bench.load.WorkDirectory;
import org.rekey.runtime.server.Lifecycle;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `bench/run devices`: everything that devices and their owners do, with ever more of them.
@Command(
    name = "devices",
    mixinStandardHelpOptions = true,
    description = "Devices that enrol, poll, lose their tokens and come again.")
public final class DevicesReport implements Callable<Integer> {
  private static final int OTHER_MEGABYTES = 256;
  private static final int DEVICES_IN_A_MEGABYTE = 1000;
  private static final int LEAST_SIGNED = 1000;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private RoundOptions options = new RoundOptions();

  @Option(
      names = "--devices",
      split = ",",
      defaultValue = "1000,100000,1000000",
      description = "how many accepted devices with live tokens (${DEFAULT-VALUE})")
  private List<Integer> sizes = new ArrayList<>();

  @Option(
      names = "--mix",
      split = ",",
      paramLabel = "KIND=WEIGHT",
      defaultValue = "ED25519=1,P256=1,RSA2048=1",
      description = "of the devices' keys (${DEFAULT-VALUE})")
  private Map<KeyType, Integer> mix = new EnumMap<>(KeyType.class);

  @Option(
      names = "--rate",
      defaultValue = "2000",
      description = "verdicts a second, for the steady rate (${DEFAULT-VALUE})")
  private int rate;

  @Option(
      names = "--poll-rate",
      defaultValue = "500",
      description = "polls a second (${DEFAULT-VALUE})")
  private int pollRate;

  @Option(
      names = "--signed",
      defaultValue = "10000",
      description =
          "auth requests to sign before each measurement of new devices, which ends early when"
              + " there are no more (${DEFAULT-VALUE})")
  private int signed;

  @Option(
      names = "--mixed",
      defaultValue = "300",
      description = "devices that live the mixed life (${DEFAULT-VALUE})")
  private int mixed;

  @Option(
      names = "--heap",
      paramLabel = "MEGABYTES",
      description = "of deviceauth-svc (256, and one for every 1000 of the most devices)")
  private @Nullable Integer heap;

  @Option(names = "--json", description = "print JSON with every round instead of tables")
  private boolean isJson;

  private final Lifecycle lifecycle = new Lifecycle();
  private final Progress progress = new Progress();

  private DevicesReport() {}

  public static void main(String[] arguments) {
    CommandLine line = new CommandLine(new DevicesReport());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    System.exit(line.execute(arguments));
  }

  @Override
  public Integer call() {
    DevicesRun.Plan plan = plan();
    Runtime.getRuntime().addShutdownHook(new Thread(lifecycle::close, "stop"));
    WorkDirectory work = lifecycle.manage("work directory", WorkDirectory.make());
    DeviceFigures figures = DeviceFigures.none();
    try {
      new DevicesRun(plan, work.path(), figures, progress, lifecycle).run();
    } finally {
      // A long run that fails in its last minute has told something all the same.
      System.out.println(isJson ? Figures.json(figures.all()) : Figures.text(figures.all()));
    }
    lifecycle.close();
    return 0;
  }

  private DevicesRun.Plan plan() {
    List<Integer> ascending = sizes.stream().sorted().distinct().toList();
    if (ascending.getFirst() <= DevicesRun.WARM_UP_DEVICES) {
      throw refused(
          "--devices: %s (expected: more than %d)".formatted(sizes, DevicesRun.WARM_UP_DEVICES));
    }
    if (signed < LEAST_SIGNED) {
      throw refused("--signed: %d (expected: %d or more)".formatted(signed, LEAST_SIGNED));
    }
    try {
      return new DevicesRun.Plan(
          options,
          ascending,
          KeyMix.of(mix),
          rate,
          pollRate,
          signed,
          mixed,
          heap == null ? OTHER_MEGABYTES + ascending.getLast() / DEVICES_IN_A_MEGABYTE : heap);
    } catch (IllegalArgumentException e) {
      throw refused(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException refused(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
