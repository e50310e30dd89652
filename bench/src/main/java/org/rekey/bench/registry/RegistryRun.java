package org.rekey.bench.registry;

import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rekey.bench.load.MachineLock;
import org.rekey.bench.load.Memory;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.RegisteredTokens;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.RoundOptions;
import org.rekey.bench.load.TokenMint;
import org.rekey.bench.load.VerdictFigures;
import org.rekey.bench.load.VerdictRun;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.runtime.server.Lifecycle;

/// One instance and one number of live tokens, from the first verdict on each of them on.
final class RegistryRun {
  /// So few that they don't show in a million, and enough to be warm before memory is looked at.
  static final int WARM_UP_TOKENS = 100;

  private static final String SERVICE = "useradm";

  private final Plan plan;
  private final int live;
  private final Progress progress;
  private final RegisteredTokens registered;
  private final VerdictRun verdicts;
  private final String name;

  /// @param rate calls a second
  /// @param heapMegabytes of useradm-svc, the same for every number of tokens
  record Plan(RoundOptions options, int rate, int heapMegabytes, TokenMint mint) {}

  RegistryRun(
      Plan plan,
      int live,
      Path work,
      VerdictFigures figures,
      Progress progress,
      Lifecycle lifecycle) {
    this.plan = plan;
    this.live = live;
    this.progress = progress;
    this.name = Progress.number(live) + " live";
    progress.say(name + ": starting an instance");
    List<String> settings = new ArrayList<>();
    settings.add(plan.mint().setting());
    settings.add("USERADM_REGISTRY_CACHE_SIZE=" + Math.max(1_000_000, live + live / 4));
    settings.addAll(plan.options().settings());
    RekeyUp instance =
        lifecycle.manage(
            "instance",
            RekeyUp.start(work, settings, List.of("--heap", "useradm=" + plan.heapMegabytes())));
    ManagedChannel channel = instance.asGateway(SERVICE);
    lifecycle.manage("channel", channel::shutdownNow);
    this.registered = lifecycle.manage("tokens", RegisteredTokens.none(instance, plan.mint()));
    this.verdicts =
        new VerdictRun(instance, SERVICE, channel, plan.options(), plan.rate(), figures, progress);
  }

  void run() {
    List<VerifyRequest> few = registered.growTo(WARM_UP_TOKENS, progress.count("tokens", live));
    verdicts.awaitTokenFeed();
    Memory before;
    try (MachineLock _ = MachineLock.take(plan.options().lock())) {
      before = verdicts.warmUp(few);
    }
    progress.say("making live tokens");
    Progress.Count made = progress.count("tokens", live);
    made.add(few.size());
    List<VerifyRequest> all = registered.growTo(live, made);
    try (MachineLock _ = MachineLock.take(plan.options().lock())) {
      verdicts.fill(name, all.subList(few.size(), all.size()));
    }
    verdicts.remembered(name, before, all.size() - few.size());
    try (MachineLock _ = MachineLock.take(plan.options().lock())) {
      verdicts.getUsedTo(all);
    }
    for (int round = 1; round <= plan.options().rounds(); round++) {
      try (MachineLock _ = MachineLock.take(plan.options().lock())) {
        progress.say("round %d of %d".formatted(round, plan.options().rounds()));
        verdicts.round(name, all);
      }
    }
  }
}
