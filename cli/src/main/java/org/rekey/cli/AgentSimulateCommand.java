package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.rekey.agent.http.ServerTrust;
import org.rekey.agent.simulate.FleetFigures;
import org.rekey.agent.simulate.SimulatedFleet;
import org.rekey.agent.simulate.Thefts;
import org.rekey.cli.client.Fleet;
import org.rekey.cli.client.Operator;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey agent simulate`.
@Command(
    name = "simulate",
    description = {
      "Many devices at once: real keys, real TLS, the agent's own classes.",
      "Without --server they are preauthorized at the instance that runs on --data. They poll, ask"
          + " for",
      "tokens, and change their keys when rekey devices rotate-keys orders it. Thieves come with"
          + " keys",
      "that devices have put away, with new keys that no server knows yet, and with recorded"
          + " offers:",
      "who gets in is an impostor. In the end each device asks once more: who does not get in is",
      "locked out."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:No device is locked out, no impostor got in.",
      "1:One is or did, or it could not be tried.",
      "2:Wrongly called."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey agent simulate --devices 10000 --time 2m",
      "  rekey agent simulate --devices 1000 --power-cuts 0.3 --time 10m --until-changed &",
      "  rekey devices rotate-keys --query 'mac=fleet-*' --wave 10%%",
      "  rekey agent simulate --server https://gw.example.com --ca ca.pem --devices 100"
    })
final class AgentSimulateCommand implements Callable<Integer> {
  private static final int MAX_DEVICES = 1_000_000;
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final String POLL = "/api/devices/v1/inventory/device/attributes";

  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "1000",
      description = "How many (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--time",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = LongTimeConverter.class,
      description = "How long they live, e.g. 30s, 5m (default: ${DEFAULT-VALUE}).")
  private Duration time = Duration.ofSeconds(30);

  @Option(
      names = "--until-changed",
      description = "End as soon as each has changed its key, if that is before the time is over.")
  private boolean isUntilChanged;

  @Option(
      names = "--every",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = LongTimeConverter.class,
      description = "How often each polls, in the mean (default: ${DEFAULT-VALUE}).")
  private Duration every = Duration.ofSeconds(10);

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "128",
      description = "Connections that all share (default: ${DEFAULT-VALUE}).")
  private int connections;

  @Option(
      names = "--power-cuts",
      paramLabel = "P",
      defaultValue = "0",
      description = "How likely a device loses its power at each step of a change of keys, 0 to 1.")
  private double cuts;

  @Option(
      names = "--seed",
      paramLabel = "TEXT",
      defaultValue = "fleet",
      description =
          "Names the fleet and makes its keys; the same devices each time (default:"
              + " ${DEFAULT-VALUE}).")
  private String seed = "fleet";

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "Another gateway; its owner must accept the devices.")
  private @Nullable String server;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Certificates that are trusted beside the system's, with --server.")
  private @Nullable Path ca;

  @Option(names = "--json", description = "Print the figures as an object.")
  private boolean isJson;

  AgentSimulateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    check();
    if (server != null) {
      return run(setting(server, Optional.ofNullable(ca)), null);
    }
    try (Operator operator = Operator.of(data.directory())) {
      SimulatedFleet.Setting setting =
          setting(operator.run().gateway(), Optional.of(Path.of(operator.run().ca())));
      return run(setting, operator.fleet());
    }
  }

  private void check() {
    if (count < 1 || count > MAX_DEVICES) {
      throw misused("--devices: %d (expected: 1 to %d)".formatted(count, MAX_DEVICES));
    }
    if (cuts < 0 || cuts > 1) {
      throw misused("--power-cuts: %s (expected: 0 to 1, e.g. 0.3)".formatted(cuts));
    }
    if (connections < 1) {
      throw misused("--connections: %d (expected: 1 or more)".formatted(connections));
    }
  }

  private ParameterException misused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private SimulatedFleet.Setting setting(String url, Optional<Path> trusted) {
    return new SimulatedFleet.Setting(
        url.replaceAll("/+$", ""), ServerTrust.of(trusted), POLL, every, connections, cuts);
  }

  /// @param owner null: somebody else lets the devices in
  private int run(SimulatedFleet.Setting setting, @Nullable Fleet owner)
      throws InterruptedException {
    try (SimulatedFleet fleet = SimulatedFleet.inMemory(count, seed, setting)) {
      if (owner != null) {
        preauthorize(fleet, owner);
      }
      FleetFigures figures = fleet.figures();
      long start = System.nanoTime();
      live(fleet);
      double seconds = (System.nanoTime() - start) / 1e9;
      Ledger ledger = ledger(fleet);
      if (isJson) {
        console.json(json(figures, seconds, ledger));
      } else {
        print(figures, seconds, ledger);
      }
      return ledger.isClean() ? ExitCode.OK : ExitCode.SOFTWARE;
    }
  }

  private void preauthorize(SimulatedFleet fleet, Fleet owner) {
    try (LongCall _ =
        LongCall.started(
            console, "preauthorizing %d devices (a second each thousand)".formatted(count))) {
      owner.preauthorize(fleet.devices());
    }
  }

  private void live(SimulatedFleet fleet) throws InterruptedException {
    Optional<LiveView> view = isJson ? Optional.empty() : LiveView.on(console, false);
    Thread watcher = Thread.ofVirtual().start(() -> watch(view, fleet));
    try {
      fleet.live(time);
    } finally {
      watcher.interrupt();
      watcher.join();
      view.ifPresent(LiveView::close);
    }
  }

  private void watch(Optional<LiveView> view, SimulatedFleet fleet) {
    FleetProgress progress = new FleetProgress(count, time);
    FleetFigures figures = fleet.figures();
    try {
      while (true) {
        view.ifPresent(open -> open.show(progress.lines(figures)));
        if (isUntilChanged && figures.keysChanged() >= count) {
          fleet.stop();
        }
        Thread.sleep(INTERVAL);
      }
    } catch (InterruptedException e) {
      // The time is over.
    }
  }

  private Ledger ledger(SimulatedFleet fleet) throws InterruptedException {
    try (LongCall _ = LongCall.started(console, "every device asks once more")) {
      Thefts thefts = fleet.thefts();
      return new Ledger(fleet.lockedOut(), thefts);
    }
  }

  private record Ledger(long lockedOut, Thefts thefts) {
    boolean isClean() {
      return lockedOut == 0 && thefts.impostors() == 0;
    }
  }

  private static ObjectNode json(FleetFigures figures, double seconds, Ledger ledger) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("seconds", seconds)
        .put("devices_in", figures.in())
        .put("tokens", figures.issued())
        .put("refused", figures.refused())
        .put("unreachable", figures.unreachable())
        .put("polls", figures.polls())
        .put("polls_401", figures.unauthorized())
        .put("polls_failed", figures.failed())
        .put("keys_changed", figures.keysChanged())
        .put("power_cuts", figures.powerCuts())
        .put("locked_out", ledger.lockedOut())
        .put("impostors", ledger.thefts().impostors());
    json.set("tried_old_keys", tries(ledger.thefts().oldKeys()));
    json.set("tried_new_keys", tries(ledger.thefts().newKeys()));
    json.set("tried_recorded_offers", tries(ledger.thefts().recorded()));
    json.set("ask_ms", millis(figures.askTimes()));
    json.set("poll_ms", millis(figures.pollTimes()));
    return json;
  }

  private static ObjectNode tries(Thefts.Tries tries) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("made", tries.made())
        .put("got_in", tries.succeeded());
  }

  private static ObjectNode millis(Histogram times) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (double percentile : new double[] {50, 90, 99, 99.9, 100}) {
      json.put(
          "p" + String.format(Locale.ROOT, "%s", percentile).replaceAll("\\.0$", ""),
          times.getValueAtPercentile(percentile) / 1e6);
    }
    return json;
  }

  private void print(FleetFigures figures, double seconds, Ledger ledger) {
    console.line(
        String.format(
            Locale.ROOT,
            "%d of %d devices came in; %d tokens, %d polls in %.1f s (%.0f per second)",
            figures.in(),
            count,
            figures.issued(),
            figures.polls(),
            seconds,
            figures.polls() / seconds));
    console.line(
        "%d refused, %d polls with an old token, %d failed, %d unanswered"
            .formatted(
                figures.refused(),
                figures.unauthorized(),
                figures.failed(),
                figures.unreachable()));
    console.line(
        "%d keys changed, %d power cuts".formatted(figures.keysChanged(), figures.powerCuts()));
    for (List<String> lines :
        List.of(
            TimesChart.of("asking for a token", figures.askTimes()),
            TimesChart.of("polls", figures.pollTimes()))) {
      lines.forEach(console::line);
    }
    console.line(
        "%s %d locked out, %d impostors let in (of %d with an old key, %d with a new one, %d with a recorded offer)"
            .formatted(
                ledger.isClean() ? console.check() : console.cross(),
                ledger.lockedOut(),
                ledger.thefts().impostors(),
                ledger.thefts().oldKeys().made(),
                ledger.thefts().newKeys().made(),
                ledger.thefts().recorded().made()));
  }
}
