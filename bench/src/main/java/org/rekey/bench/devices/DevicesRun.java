package org.rekey.bench.devices;

import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.rekey.bench.load.Logins;
import org.rekey.bench.load.MachineLock;
import org.rekey.bench.load.Memory;
import org.rekey.bench.load.MintedToken;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.RoundOptions;
import org.rekey.bench.load.TokenMint;
import org.rekey.bench.load.VerdictRun;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.runtime.server.Lifecycle;

/// One instance, with ever more devices in its table.
final class DevicesRun {
  /// So few that they don't show in a million, and enough to be warm before memory is looked at.
  static final int WARM_UP_DEVICES = 100;

  private static final String SERVICE = "deviceauth";
  private static final int KEYS_OF_EACH_KIND = 64;

  private final Plan plan;
  private final DeviceFigures figures;
  private final Progress progress;
  private final Fleet fleet;
  private final RekeyUp instance;
  private final ManagedChannel channel;
  private final DeviceRows rows;
  private final VerdictRun verdicts;
  private final Gateway gateway;
  private final List<VerifyRequest> live = new ArrayList<>();

  /// @param sizes how many live devices, ever more
  /// @param rate verdicts a second
  /// @param pollRate polls a second
  /// @param signed auth requests of new devices, for each measurement of them
  /// @param mixed devices that live the mixed life
  /// @param heapMegabytes of deviceauth-svc
  record Plan(
      RoundOptions options,
      List<Integer> sizes,
      KeyMix mix,
      int rate,
      int pollRate,
      int signed,
      int mixed,
      int heapMegabytes) {
    int largest() {
      return sizes.getLast();
    }
  }

  /// @param work the run's directory
  /// @param lifecycle ends what is started here
  DevicesRun(Plan plan, Path work, DeviceFigures figures, Progress progress, Lifecycle lifecycle) {
    this.plan = plan;
    this.figures = figures;
    this.progress = progress;
    progress.say("making keys");
    this.fleet = new Fleet(System.nanoTime(), new KeyPool(plan.mix(), KEYS_OF_EACH_KIND));
    TokenMint mint = TokenMint.make(SERVICE, work.resolve("keys"));
    Backend backend = lifecycle.manage("backend", new Backend());
    progress.say("starting an instance");
    this.instance =
        lifecycle.manage(
            "instance",
            RekeyUp.start(
                work.resolve("rekey"),
                settings(plan, mint),
                List.of(
                    "--heap",
                    SERVICE + "=" + plan.heapMegabytes(),
                    "--routes",
                    backend.routes(work.resolve("routes.yaml")).toString())));
    this.channel = instance.asGateway(SERVICE);
    lifecycle.manage("channel", channel::shutdownNow);
    this.rows = lifecycle.manage("rows", DeviceRows.in(instance, mint));
    this.gateway = new Gateway(instance);
    this.verdicts =
        new VerdictRun(
            instance, SERVICE, channel, plan.options(), plan.rate(), figures.verdicts(), progress);
  }

  /// Admission refuses nobody, and still costs what it costs.
  private static List<String> settings(Plan plan, TokenMint mint) {
    List<String> settings = new ArrayList<>();
    settings.add(mint.setting());
    settings.add("DEVICEAUTH_MAX_PENDING_DEVICES=1000000000");
    settings.add("DEVICEAUTH_NEW_DEVICES_PER_ADDRESS=9999999/1s");
    int remembered = Math.max(1_000_000, plan.largest() + plan.largest() / 4);
    settings.add("DEVICEAUTH_REGISTRY_CACHE_SIZE=" + remembered);
    settings.addAll(plan.options().settings());
    return settings;
  }

  void run() {
    grow(WARM_UP_DEVICES);
    verdicts.awaitTokenFeed();
    Memory before;
    AuthLoad requests;
    try (MachineLock _ = lock()) {
      before = verdicts.warmUp(live);
      requests = requests();
      requests.warmUp();
      polls();
      mixedLife();
    }
    for (int size : plan.sizes()) {
      measure(size, before, requests);
    }
  }

  private void grow(int size) {
    int from = live.size();
    Progress.Count made = progress.count("devices", size);
    made.add(from);
    rows.addLive(fleet, Fleet.Part.LIVE, from, size - from, made).stream()
        .map(MintedToken::verifyRequest)
        .forEach(live::add);
  }

  private AuthLoad requests() {
    List<Device> returning = fleet.devices(Fleet.Part.RETURNING, 0, plan.signed());
    rows.add(returning);
    rows.vacuum();
    return new AuthLoad(
        new AuthLoad.Setup(
            instance,
            channel,
            gateway,
            fleet,
            rows,
            plan.options(),
            plan.signed(),
            figures.requests(),
            progress),
        SignedRequest.of(returning));
  }

  private void polls() {
    Polls polls =
        new Polls(
            new Polls.Setup(
                instance,
                gateway,
                fleet,
                rows,
                plan.options(),
                plan.pollRate(),
                figures.polls(),
                figures.checkIns(),
                progress));
    polls.warmUp(live);
    for (int round = 1; round <= plan.options().rounds(); round++) {
      progress.say("polls, round %d of %d".formatted(round, plan.options().rounds()));
      polls.round();
    }
  }

  private void mixedLife() {
    progress.say("mixed life");
    ManagedChannel useradm = instance.asGateway("useradm");
    try (Owner owner = new Owner(gateway, Logins.make(useradm, 1).getFirst())) {
      owner.start();
      Ledger ledger =
          new MixedLife(gateway, owner)
              .live(
                  fleet.devices(Fleet.Part.MIXED, 0, plan.mixed()),
                  progress.count("lives", plan.mixed()));
      progress.say("  %d wrong answers".formatted(ledger.wrongAnswers()));
      ledger.wrong().forEach(line -> progress.say("  wrong: " + line));
      ledger.into(figures.life());
    } finally {
      useradm.shutdownNow();
    }
    rows.forgetPending();
  }

  private void measure(int size, Memory before, AuthLoad requests) {
    String name = Progress.number(size) + " devices";
    progress.say(name);
    int known = live.size();
    grow(size);
    try (MachineLock _ = lock()) {
      verdicts.fill(name, live.subList(known, live.size()));
    }
    verdicts.remembered(name, before, live.size() - WARM_UP_DEVICES);
    try (MachineLock _ = lock()) {
      verdicts.getUsedTo(live);
    }
    for (int round = 1; round <= plan.options().rounds(); round++) {
      try (MachineLock _ = lock()) {
        progress.say("round %d of %d".formatted(round, plan.options().rounds()));
        verdicts.round(name, live);
        requests.round(name);
      }
    }
    try (MachineLock _ = lock()) {
      Duration duration = Duration.ofSeconds(plan.options().seconds());
      new Management(channel, fleet, size).measure(name, duration, figures.management(), progress);
    }
  }

  private MachineLock lock() {
    return MachineLock.take(plan.options().lock());
  }
}
