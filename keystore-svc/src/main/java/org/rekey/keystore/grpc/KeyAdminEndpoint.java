package org.rekey.keystore.grpc;

import io.grpc.ServerServiceDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.rekey.keystore.CommandOutcome;
import org.rekey.keystore.CompromiseOutcome;
import org.rekey.keystore.KeyCommand;
import org.rekey.keystore.KeyCommands;
import org.rekey.keystore.KeyCompromise;
import org.rekey.keystore.KeyReadiness;
import org.rekey.keystore.KeyRetirement;
import org.rekey.keystore.RingWatch;
import org.rekey.keystore.UsageCounts;
import org.rekey.keystore.Verifiers;
import org.rekey.keystore.key.KeyType;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.RolledBackException;
import org.rekey.keystore.plan.RetirementPlan;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.ActivateKeyResponse;
import org.rekey.proto.keystore.v1.CancelRetirementRequest;
import org.rekey.proto.keystore.v1.CancelRetirementResponse;
import org.rekey.proto.keystore.v1.CompromiseKeyRequest;
import org.rekey.proto.keystore.v1.CompromiseKeyResponse;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.GenerateKeyResponse;
import org.rekey.proto.keystore.v1.GetReadinessRequest;
import org.rekey.proto.keystore.v1.GetReadinessResponse;
import org.rekey.proto.keystore.v1.HoldKeyRequest;
import org.rekey.proto.keystore.v1.HoldKeyResponse;
import org.rekey.proto.keystore.v1.KeyAdminGrpc;
import org.rekey.proto.keystore.v1.LintRequest;
import org.rekey.proto.keystore.v1.LintResponse;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import org.rekey.proto.keystore.v1.ListKeysResponse;
import org.rekey.proto.keystore.v1.ListVerifiersRequest;
import org.rekey.proto.keystore.v1.ListVerifiersResponse;
import org.rekey.proto.keystore.v1.PlanRetirementRequest;
import org.rekey.proto.keystore.v1.PlanRetirementResponse;
import org.rekey.proto.keystore.v1.ReleaseKeyRequest;
import org.rekey.proto.keystore.v1.ReleaseKeyResponse;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.proto.keystore.v1.RetireKeyResponse;
import org.rekey.runtime.grpc.Caller;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;

/// `rekey.keystore.v1.KeyAdmin`.
public final class KeyAdminEndpoint {
  private static final Duration DEFAULT_WAIT = Duration.ofSeconds(5);

  private static final Duration DEFAULT_COUNT_WAIT = Duration.ofSeconds(10);

  private final RingViews rings;
  private final KeyCommands commands;
  private final KeyCompromise compromise;
  private final KeyRetirement retirement;
  private final Verifiers verifiers;
  private final UsageCounts counts;
  private final KeyReadiness ready;
  private final KeyHistory history;

  public KeyAdminEndpoint(
      List<RingWatch.Ring> rings,
      KeyCommands commands,
      KeyCompromise compromise,
      KeyRetirement retirement,
      Verifiers verifiers,
      UsageCounts counts,
      KeyReadiness ready,
      KeyHistory history) {
    this.rings = new RingViews(rings, history, counts, retirement);
    this.commands = commands;
    this.compromise = compromise;
    this.retirement = retirement;
    this.verifiers = verifiers;
    this.counts = counts;
    this.ready = ready;
    this.history = history;
  }

  public ServerServiceDefinition service() {
    return RpcService.of(KeyAdminGrpc.getServiceDescriptor())
        .unary(KeyAdminGrpc.getListKeysMethod(), this::listKeys)
        .unary(KeyAdminGrpc.getListVerifiersMethod(), this::listVerifiers)
        .unary(KeyAdminGrpc.getGenerateKeyMethod(), this::generate)
        .unary(KeyAdminGrpc.getGetReadinessMethod(), this::readiness)
        .unary(KeyAdminGrpc.getActivateKeyMethod(), this::activate)
        .unary(KeyAdminGrpc.getPlanRetirementMethod(), this::plan)
        .unary(KeyAdminGrpc.getRetireKeyMethod(), this::retire)
        .unary(KeyAdminGrpc.getCancelRetirementMethod(), this::cancel)
        .unary(KeyAdminGrpc.getHoldKeyMethod(), this::hold)
        .unary(KeyAdminGrpc.getReleaseKeyMethod(), this::release)
        .unary(KeyAdminGrpc.getCompromiseKeyMethod(), this::compromise)
        .unary(KeyAdminGrpc.getLintMethod(), this::lint)
        .build();
  }

  private ListKeysResponse listKeys(ListKeysRequest request) {
    var response = ListKeysResponse.newBuilder();
    for (RingWatch.Ring ring : rings.named(request.getRing())) {
      response.addAllKeys(rings.keys(ring)).addRings(rings.ring(ring));
    }
    return response.build();
  }

  private ListVerifiersResponse listVerifiers(ListVerifiersRequest request) {
    return ListVerifiersResponse.newBuilder()
        .setHeadEpoch(history.head())
        .addAllVerifiers(verifiers.all().stream().map(Wire::verifier).toList())
        .build();
  }

  private GenerateKeyResponse generate(GenerateKeyRequest request) {
    var type =
        KeyType.named(request.getType())
            .orElseThrow(
                () ->
                    RpcFailure.invalidArgument(
                        "type: " + request.getType() + " (expected: one of the contract's)"));
    if (request.getRing().equals("artifact") && !type.signsArtifacts()) {
      throw RpcFailure.invalidArgument(
          "type: %s for ring artifact (expected: rsa-2048, rsa-3072, rsa-4096 or p-256; devices verify no others)"
              .formatted(request.getType()));
    }
    var done =
        run(
            new KeyCommand.Generate(
                request.getRing(), request.hasKid() ? request.getKid() : null, type),
            request.getReason());
    return GenerateKeyResponse.newBuilder()
        .setKey(rings.key(request.getRing(), done.kid()))
        .build();
  }

  private GetReadinessResponse readiness(GetReadinessRequest request) {
    var key =
        history
            .map()
            .find(request.getRing(), request.getKid())
            .orElseThrow(() -> noSuchKey(request.getRing(), request.getKid()));
    var readiness = ready.of(key);
    var response = GetReadinessResponse.newBuilder().setAnnouncedEpoch(readiness.epoch());
    if (readiness.knowsAllAt() != null) {
      response.setKnowsAllAt(Wire.timestamp(readiness.knowsAllAt()));
    }
    var notice = readiness.notice();
    if (notice != null) {
      response
          .setPublishedFor(Wire.duration(notice.published()))
          .setMinAnnounced(Wire.duration(notice.needed()));
    }
    readiness
        .verifiers()
        .forEach(
            one ->
                response
                    .addVerifiersBuilder()
                    .setName(one.name())
                    .setCaller(one.caller())
                    .setEpoch(one.epoch())
                    .setReady(one.isReady())
                    .setWhy(one.why())
                    .setSilentFor(Wire.duration(one.silentFor())));
    return response.build();
  }

  private ActivateKeyResponse activate(ActivateKeyRequest request) {
    var done =
        run(
            new KeyCommand.Activate(
                request.getRing(),
                request.getKid(),
                request.hasWait() ? Wire.duration(request.getWait()) : DEFAULT_WAIT,
                request.getOverride()),
            request.getReason());
    return ActivateKeyResponse.newBuilder()
        .setKey(rings.key(request.getRing(), done.kid()))
        .addAllOverridden(done.overridden())
        .build();
  }

  private PlanRetirementResponse plan(PlanRetirementRequest request) {
    history.refresh();
    if (history.map().find(request.getRing(), request.getKid()).isEmpty()) {
      throw noSuchKey(request.getRing(), request.getKid());
    }
    var wait = request.hasWait() ? Wire.duration(request.getWait()) : DEFAULT_COUNT_WAIT;
    boolean fresh = interruptibly(() -> counts.await(request.getRing(), wait));
    RetirementPlan plan = retirement.plan(request.getRing(), request.getKid()).orElseThrow();
    var response =
        PlanRetirementResponse.newBuilder()
            .setState(plan.key().state().toProto())
            .setFresh(fresh)
            .setSafe(plan.isSafe())
            .addAllObstacles(plan.obstacles())
            .setHeld(plan.key().held());
    if (plan.counted() != null) {
      response
          .setUsage(Wire.usage(plan.counted().usage()))
          .setCountedAt(Wire.timestamp(plan.counted().countedAt()));
    }
    if (plan.safeFrom() != null) {
      response.setSafeFrom(Wire.timestamp(plan.safeFrom()));
    }
    return response.build();
  }

  private RetireKeyResponse retire(RetireKeyRequest request) {
    var outcome =
        outcome(
            new KeyCommand.Retire(
                request.getRing(), request.getKid(), request.getForce(), request.getWhenSafe()),
            request.getReason());
    var response = RetireKeyResponse.newBuilder();
    if (outcome instanceof CommandOutcome.Ordered) {
      response.setScheduled(true);
    } else {
      var impact = done(outcome).impact();
      if (impact != null) {
        response.setImpact(Wire.impact(impact));
      }
    }
    return response.setKey(rings.key(request.getRing(), request.getKid())).build();
  }

  private CancelRetirementResponse cancel(CancelRetirementRequest request) {
    run(new KeyCommand.CancelRetirement(request.getRing(), request.getKid()), "");
    return CancelRetirementResponse.newBuilder()
        .setKey(rings.key(request.getRing(), request.getKid()))
        .build();
  }

  private HoldKeyResponse hold(HoldKeyRequest request) {
    run(new KeyCommand.Hold(request.getRing(), request.getKid()), request.getReason());
    return HoldKeyResponse.newBuilder()
        .setKey(rings.key(request.getRing(), request.getKid()))
        .build();
  }

  private ReleaseKeyResponse release(ReleaseKeyRequest request) {
    run(new KeyCommand.Release(request.getRing(), request.getKid()), request.getReason());
    return ReleaseKeyResponse.newBuilder()
        .setKey(rings.key(request.getRing(), request.getKid()))
        .build();
  }

  private CompromiseKeyResponse compromise(CompromiseKeyRequest request) {
    var wait = request.hasWait() ? Wire.duration(request.getWait()) : DEFAULT_WAIT;
    requireOpenLog();
    CompromiseOutcome outcome =
        interruptibly(
            () ->
                compromise.compromise(
                    request.getRing(),
                    request.getKid(),
                    request.hasSuccessorKid() ? request.getSuccessorKid() : null,
                    wait,
                    author(request.getReason())));
    return switch (outcome) {
      case CompromiseOutcome.Refused(CommandOutcome why) -> {
        done(why);
        throw new IllegalStateException("refused: " + why);
      }
      case CompromiseOutcome.Distrusted distrusted -> compromised(request.getRing(), distrusted);
    };
  }

  private CompromiseKeyResponse compromised(String ring, CompromiseOutcome.Distrusted outcome) {
    var response =
        CompromiseKeyResponse.newBuilder()
            .setKey(rings.key(ring, outcome.kid()))
            .addAllOverridden(outcome.overridden());
    if (outcome.successor() != null) {
      response.setSuccessor(rings.key(ring, outcome.successor()));
    }
    if (outcome.impact() != null) {
      response.setImpact(Wire.impact(outcome.impact()));
    }
    Duration last = Duration.ZERO;
    boolean all = outcome.end().knowsAllAt() == null;
    for (CompromiseOutcome.Distrust one : outcome.end().verifiers()) {
      var distrust =
          response
              .addVerifiersBuilder()
              .setName(one.name())
              .setCaller(one.caller())
              .setWhy(one.why());
      if (one.after() == null) {
        all = false;
      } else {
        distrust.setAfter(Wire.duration(one.after()));
        last = one.after().compareTo(last) > 0 ? one.after() : last;
      }
    }
    if (all) {
      response.setUntilLast(Wire.duration(last));
    }
    if (outcome.end().knowsAllAt() != null) {
      response.setKnowsAllAt(Wire.timestamp(outcome.end().knowsAllAt()));
    }
    outcome
        .end()
        .silent()
        .forEach(
            one ->
                response
                    .addSilentBuilder()
                    .setName(one.name())
                    .setCaller(one.caller())
                    .setReportedAt(Wire.timestamp(one.reportedAt())));
    return response.build();
  }

  private LintResponse lint(LintRequest request) {
    var response = LintResponse.newBuilder();
    for (RingWatch.Ring ring : rings.named(request.getRing())) {
      ring.keeper().findings().stream()
          .filter(finding -> !request.hasKid() || Objects.equals(finding.kid(), request.getKid()))
          .map(finding -> Wire.finding(ring.keeper().ring().name(), finding))
          .forEach(response::addFindings);
    }
    return response.build();
  }

  private CommandOutcome.Done run(KeyCommand command, String reason) {
    return done(outcome(command, reason));
  }

  /// Before a key file is written that no event will name.
  private void requireOpenLog() {
    history
        .closed()
        .ifPresent(
            why -> {
              throw RpcFailure.failedPrecondition(why);
            });
  }

  private CommandOutcome outcome(KeyCommand command, String reason) {
    requireOpenLog();
    return interruptibly(() -> commands.run(command, author(reason)));
  }

  private static Author author(String reason) {
    return new Author(Caller.current().name(), Caller.current().address(), reason);
  }

  private static CommandOutcome.Done done(CommandOutcome outcome) {
    return switch (outcome) {
      case CommandOutcome.Done done -> done;
      case CommandOutcome.Ordered(long kid) -> new CommandOutcome.Done(kid, List.of(), null);
      case CommandOutcome.NoSuchKey(String why) -> throw RpcFailure.notFound(why);
      case CommandOutcome.Taken(String why) -> throw RpcFailure.alreadyExists(why);
      case CommandOutcome.Incomplete(String why) -> throw RpcFailure.invalidArgument(why);
      case CommandOutcome.NotNow(String why) -> throw RpcFailure.failedPrecondition(why);
    };
  }

  private static RpcFailure noSuchKey(String ring, long kid) {
    return RpcFailure.notFound("kid %d: no such key in ring %s".formatted(kid, ring));
  }

  private static <T> T interruptibly(Waiting<T> work) {
    try {
      return work.result();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RpcFailure.unavailable("the keystore is stopping");
    } catch (RolledBackException e) {
      throw RpcFailure.failedPrecondition(String.valueOf(e.getMessage()));
    }
  }

  private interface Waiting<T> {
    T result() throws InterruptedException;
  }
}
