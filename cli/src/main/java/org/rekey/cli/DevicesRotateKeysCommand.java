package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.client.Fleet;
import org.rekey.cli.client.Operator;
import org.rekey.proto.deviceauth.v1.Device;
import org.rekey.proto.deviceauth.v1.KeyRotation;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey devices rotate-keys`.
@Command(
    name = "rotate-keys",
    description = {
      "Has accepted devices change their keys, a wave after the other.",
      "Each device makes its new key itself and proves that it has both; the old one goes when the"
          + " new",
      "one has been used. Only devices with rekey agent can do it: others go on with the key that",
      "they have, and their orders end by themselves. docs/device-key-rotation.md has the whole"
          + " story."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:No wave had too many failures.",
      "1:One had, or it could not be tried.",
      "2:Wrongly called."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey devices rotate-keys --dry-run",
      "  rekey devices rotate-keys --query 'mac=52:54:*' --wave 5%% --halt-above 1%%",
      "  rekey devices rotate-keys --query 'mac=52:54:*' --skip-changed 1d",
      "  rekey devices rotate-keys --query sn=4711 --when-they-come --valid-for 30d --json"
    })
final class DevicesRotateKeysCommand implements Callable<Integer> {
  private static final int WIDTH = 40;

  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Option(
      names = "--query",
      paramLabel = "NAME=VALUE",
      converter = DeviceQuery.Converter.class,
      description =
          "Only devices whose identity says so; * stands for anything. May be given more than once:"
              + " all must hold.")
  private List<DeviceQuery> queries = List.of();

  @Option(
      names = "--wave",
      paramLabel = "SHARE",
      defaultValue = "5%",
      converter = Share.Converter.class,
      description = "How many at once: of all, or a number (default: ${DEFAULT-VALUE}).")
  private Share wave = new Share(5, true);

  @Option(
      names = "--halt-above",
      paramLabel = "SHARE",
      defaultValue = "1%",
      converter = Share.Converter.class,
      description =
          "Stop when more of a wave have failed, and take its orders back (default:"
              + " ${DEFAULT-VALUE}).")
  private Share haltAbove = new Share(1, true);

  @Option(
      names = "--valid-for",
      paramLabel = "TIME",
      defaultValue = "1d",
      converter = LongTimeConverter.class,
      description = "How long an order stands, from 1m to 90d (default: ${DEFAULT-VALUE}).")
  private Duration validFor = Duration.ofDays(1);

  @Option(
      names = "--patience",
      paramLabel = "TIME",
      defaultValue = "10m",
      converter = LongTimeConverter.class,
      description =
          "With one wave. Who has not come by then may be switched off, and is no failure (default:"
              + " ${DEFAULT-VALUE}).")
  private Duration patience = Duration.ofMinutes(10);

  @Option(
      names = "--when-they-come",
      description = "Wait for their tokens to run out, instead of ending them with the order.")
  private boolean isWhenTheyCome;

  @Option(
      names = "--skip-changed",
      paramLabel = "TIME",
      converter = LongTimeConverter.class,
      description =
          "Leave out devices that have changed their keys in this time, e.g. 7d: a change that was"
              + " stopped goes on where it was.")
  private @Nullable Duration skipChanged;

  @Option(names = "--dry-run", description = "Say what would be done, and do nothing.")
  private boolean isDryRun;

  @Option(names = "--json", description = "Print an object.")
  private boolean isJson;

  DevicesRotateKeysCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (Operator operator = Operator.of(data.directory())) {
      Fleet fleet = operator.fleet();
      RotationWaves.Plan plan =
          new RotationWaves.Plan(
              matching(fleet), wave, haltAbove, validFor, patience, !isWhenTheyCome);
      if (isDryRun || plan.devices().isEmpty()) {
        tell(plan);
        return ExitCode.OK;
      }
      RotationWaves.Outcome outcome = run(fleet, plan);
      tell(plan, outcome);
      return outcome.haltedIn() == 0 ? ExitCode.OK : ExitCode.SOFTWARE;
    }
  }

  private List<String> matching(Fleet fleet) {
    try (LongCall _ = LongCall.started(console, "looking at all devices")) {
      List<String> ids =
          fleet.accepted().stream()
              .filter(
                  device ->
                      queries.stream().allMatch(query -> query.matches(device.getIdentityData())))
              .map(Device::getId)
              .toList();
      Set<String> changed = skipChanged == null ? Set.of() : changed(fleet, ids, skipChanged);
      return ids.stream().filter(id -> !changed.contains(id)).toList();
    }
  }

  private static Set<String> changed(Fleet fleet, List<String> ids, Duration within) {
    long since = Instant.now().minus(within).getEpochSecond();
    return fleet.rotations(ids).stream()
        .filter(
            each ->
                each.getState() == KeyRotation.State.STATE_DONE
                    && each.getChangedAt().getSeconds() >= since)
        .map(KeyRotation::getDeviceId)
        .collect(Collectors.toSet());
  }

  private RotationWaves.Outcome run(Fleet fleet, RotationWaves.Plan plan)
      throws InterruptedException {
    Optional<LiveView> view = isJson ? Optional.empty() : LiveView.on(console, false);
    Consumer<RotationWaves.Progress> watcher =
        progress -> view.ifPresent(open -> open.show(lines(progress)));
    try {
      return new RotationWaves(fleet, plan, watcher).run();
    } finally {
      view.ifPresent(LiveView::close);
    }
  }

  private static List<String> lines(RotationWaves.Progress progress) {
    double part = (progress.done() + progress.failed()) / (double) Math.max(1, progress.all());
    int filled = (int) (part * WIDTH);
    return List.of(
        String.format(
            Locale.ROOT,
            "[%s%s] %3.0f %%  wave %d of %d",
            "#".repeat(filled),
            ".".repeat(WIDTH - filled),
            part * 100,
            progress.wave(),
            progress.waves()),
        "%d of %d changed, %d failed, %d not through yet, %d skipped"
            .formatted(
                progress.done(),
                progress.all(),
                progress.failed(),
                progress.waiting(),
                progress.skipped()));
  }

  private void tell(RotationWaves.Plan plan) {
    if (isJson) {
      console.json(
          JsonNodeFactory.instance
              .objectNode()
              .put("dry_run", isDryRun)
              .put("devices", plan.devices().size())
              .put("waves", plan.waves())
              .put("wave_size", plan.devices().isEmpty() ? 0 : plan.waveSize()));
    } else if (plan.devices().isEmpty()) {
      console.line("no accepted device matches");
    } else {
      console.line(
          "%d devices would change their keys, in %d waves of %d; a wave with more than %s failures would stop it"
              .formatted(plan.devices().size(), plan.waves(), plan.waveSize(), haltAbove));
      console.line("those whose keys came with certificates would be skipped");
    }
  }

  private void tell(RotationWaves.Plan plan, RotationWaves.Outcome outcome) {
    if (isJson) {
      console.json(
          JsonNodeFactory.instance
              .objectNode()
              .put("dry_run", false)
              .put("devices", plan.devices().size())
              .put("waves", plan.waves())
              .put("changed", outcome.done())
              .put("failed", outcome.failed())
              .put("not_come", outcome.waiting())
              .put("skipped", outcome.skipped())
              .put("halted_in_wave", outcome.haltedIn())
              .put("cancelled", outcome.cancelled()));
      return;
    }
    console.line(
        "%s %d of %d devices have changed their keys; %d failed, %d have not come yet, %d skipped"
            .formatted(
                outcome.haltedIn() == 0 ? console.check() : console.cross(),
                outcome.done(),
                plan.devices().size(),
                outcome.failed(),
                outcome.waiting(),
                outcome.skipped()));
    if (outcome.haltedIn() > 0) {
      console.line(
          "stopped in wave %d of %d: more than %s of it failed; %d orders were taken back. Those devices go on with their old keys"
              .formatted(outcome.haltedIn(), plan.waves(), haltAbove, outcome.cancelled()));
      console.line(
          "see why in the log of deviceauth-svc and of the devices; the same command with --skip-changed 1d goes on with the rest");
    } else if (outcome.waiting() > 0) {
      console.line(
          "the orders of those that have not come stand for " + Times.span(plan.validFor()));
    }
  }
}
