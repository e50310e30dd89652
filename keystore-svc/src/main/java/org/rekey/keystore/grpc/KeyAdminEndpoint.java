package org.rekey.keystore.grpc;

import io.grpc.ServerServiceDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.rekey.keystore.CommandOutcome;
import org.rekey.keystore.KeyCommand;
import org.rekey.keystore.KeyCommands;
import org.rekey.keystore.RingWatch;
import org.rekey.keystore.Verifiers;
import org.rekey.keystore.key.KeyType;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.ActivateKeyResponse;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.GenerateKeyResponse;
import org.rekey.proto.keystore.v1.KeyAdminGrpc;
import org.rekey.proto.keystore.v1.LintRequest;
import org.rekey.proto.keystore.v1.LintResponse;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import org.rekey.proto.keystore.v1.ListKeysResponse;
import org.rekey.proto.keystore.v1.ListVerifiersRequest;
import org.rekey.proto.keystore.v1.ListVerifiersResponse;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.proto.keystore.v1.RetireKeyResponse;
import org.rekey.runtime.grpc.Caller;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;

/// `rekey.keystore.v1.KeyAdmin`.
public final class KeyAdminEndpoint {
  private static final Duration DEFAULT_WAIT = Duration.ofSeconds(5);

  private final RingViews rings;
  private final KeyCommands commands;
  private final Verifiers verifiers;
  private final KeyHistory history;

  public KeyAdminEndpoint(
      List<RingWatch.Ring> rings, KeyCommands commands, Verifiers verifiers, KeyHistory history) {
    this.rings = new RingViews(rings, history);
    this.commands = commands;
    this.verifiers = verifiers;
    this.history = history;
  }

  public ServerServiceDefinition service() {
    return RpcService.of(KeyAdminGrpc.getServiceDescriptor())
        .unary(KeyAdminGrpc.getListKeysMethod(), this::listKeys)
        .unary(KeyAdminGrpc.getListVerifiersMethod(), this::listVerifiers)
        .unary(KeyAdminGrpc.getGenerateKeyMethod(), this::generate)
        .unary(KeyAdminGrpc.getActivateKeyMethod(), this::activate)
        .unary(KeyAdminGrpc.getRetireKeyMethod(), this::retire)
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
    var done =
        run(
            new KeyCommand.Generate(
                request.getRing(),
                request.hasKid() ? request.getKid() : null,
                type,
                request.getReason()));
    return GenerateKeyResponse.newBuilder()
        .setKey(rings.key(request.getRing(), done.kid()))
        .build();
  }

  private ActivateKeyResponse activate(ActivateKeyRequest request) {
    var done =
        run(
            new KeyCommand.Activate(
                request.getRing(),
                request.getKid(),
                request.getReason(),
                request.hasWait() ? Wire.duration(request.getWait()) : DEFAULT_WAIT,
                request.getOverride()));
    return ActivateKeyResponse.newBuilder()
        .setKey(rings.key(request.getRing(), done.kid()))
        .addAllOverridden(done.overridden())
        .build();
  }

  private RetireKeyResponse retire(RetireKeyRequest request) {
    var done = run(new KeyCommand.Retire(request.getRing(), request.getKid(), request.getReason()));
    return RetireKeyResponse.newBuilder().setKey(rings.key(request.getRing(), done.kid())).build();
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

  private CommandOutcome.Done run(KeyCommand command) {
    CommandOutcome outcome;
    try {
      outcome = commands.run(command, Caller.current().name());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RpcFailure.unavailable("the keystore is stopping");
    }
    return switch (outcome) {
      case CommandOutcome.Done done -> done;
      case CommandOutcome.NoSuchKey(String why) -> throw RpcFailure.notFound(why);
      case CommandOutcome.Taken(String why) -> throw RpcFailure.alreadyExists(why);
      case CommandOutcome.Incomplete(String why) -> throw RpcFailure.invalidArgument(why);
      case CommandOutcome.NotNow(String why) -> throw RpcFailure.failedPrecondition(why);
    };
  }
}
