package org.rekey.useradm.grpc;

import com.google.protobuf.Timestamp;
import io.grpc.ServerServiceDefinition;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.useradm.v1.TakeOverRecord;
import org.rekey.proto.useradm.v1.TakeOverRequest;
import org.rekey.proto.useradm.v1.TakeOverResponse;
import org.rekey.proto.useradm.v1.TakeOverResult;
import org.rekey.proto.useradm.v1.TakeOverToken;
import org.rekey.proto.useradm.v1.TakeOverUser;
import org.rekey.proto.useradm.v1.TakeoverGrpc;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.useradm.Takeover;

/// `rekey.useradm.v1.Takeover`.
public final class TakeoverEndpoint {
  private static final Takeover.Unreadable NO_INSTANT =
      new Takeover.Unreadable("times: must be within the years 1 to 9999.");

  private final Takeover takeover;

  public TakeoverEndpoint(Takeover takeover) {
    this.takeover = takeover;
  }

  public ServerServiceDefinition bind() {
    return RpcService.of(TakeoverGrpc.getServiceDescriptor())
        .unary(TakeoverGrpc.getTakeOverMethod(), this::takeOver)
        .build();
  }

  TakeOverResponse takeOver(TakeOverRequest request) {
    List<Takeover.Candidate> candidates =
        request.getRecordsList().stream().map(TakeoverEndpoint::candidate).toList();
    TakeOverResponse.Builder response = TakeOverResponse.newBuilder();
    takeover.take(candidates).forEach(result -> response.addResults(toProto(result)));
    return response.build();
  }

  private static Takeover.Candidate candidate(TakeOverRecord one) {
    return switch (one.getRecordCase()) {
      case USER -> user(one.getUser());
      case TOKEN -> token(one.getToken());
      case RECORD_NOT_SET -> new Takeover.Unreadable("record: must be a user or a token.");
    };
  }

  private static Takeover.Candidate user(TakeOverUser user) {
    return areValid(user.getCreatedAt(), user.getUpdatedAt(), user.getLoginAt())
        ? new Takeover.UserRecord(
            user.getId(),
            user.getEmail(),
            user.getPasswordHash(),
            instant(user.hasCreatedAt(), user.getCreatedAt()),
            instant(user.hasUpdatedAt(), user.getUpdatedAt()),
            instant(user.hasLoginAt(), user.getLoginAt()))
        : NO_INSTANT;
  }

  private static Takeover.Candidate token(TakeOverToken token) {
    return areValid(token.getIssuedAt(), token.getExpiresAt(), token.getLastUsedAt())
        ? new Takeover.TokenRecord(
            token.getId(),
            token.getUserId(),
            token.getName(),
            instant(token.hasIssuedAt(), token.getIssuedAt()),
            instant(token.hasExpiresAt(), token.getExpiresAt()),
            instant(token.hasLastUsedAt(), token.getLastUsedAt()),
            token.hasKid() ? token.getKid() : null)
        : NO_INSTANT;
  }

  private static boolean areValid(Timestamp... timestamps) {
    return Stream.of(timestamps).allMatch(Times::isValid);
  }

  private static @Nullable Instant instant(boolean given, Timestamp valid) {
    return given ? Times.toInstant(valid) : null;
  }

  private static TakeOverResult toProto(Takeover.Result result) {
    return switch (result) {
      case Takeover.Taken _ -> toProto(TakeOverResult.Outcome.OUTCOME_TAKEN, "");
      case Takeover.AlreadyHere _ -> toProto(TakeOverResult.Outcome.OUTCOME_ALREADY_HERE, "");
      case Takeover.Expired _ -> toProto(TakeOverResult.Outcome.OUTCOME_EXPIRED, "");
      case Takeover.Refused(String problem) ->
          toProto(TakeOverResult.Outcome.OUTCOME_REFUSED, problem);
    };
  }

  private static TakeOverResult toProto(TakeOverResult.Outcome outcome, String problem) {
    return TakeOverResult.newBuilder().setOutcome(outcome).setProblem(problem).build();
  }
}
