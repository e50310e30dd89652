package org.rekey.useradm.grpc;

import io.grpc.ServerServiceDefinition;
import org.rekey.proto.useradm.v1.IssuedToken;
import org.rekey.proto.useradm.v1.LoginRejected;
import org.rekey.proto.useradm.v1.LoginRequest;
import org.rekey.proto.useradm.v1.LoginResponse;
import org.rekey.proto.useradm.v1.LogoutRequest;
import org.rekey.proto.useradm.v1.LogoutResponse;
import org.rekey.proto.useradm.v1.SessionsGrpc;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.useradm.Sessions;
import org.rekey.useradm.password.PasswordHasher;
import org.rekey.verifier.serve.Verdict;

/// `rekey.useradm.v1.Sessions`.
public final class SessionsEndpoint {
  private final Sessions sessions;

  public SessionsEndpoint(Sessions sessions) {
    this.sessions = sessions;
  }

  public ServerServiceDefinition bind() {
    return RpcService.of(SessionsGrpc.getServiceDescriptor())
        .unary(SessionsGrpc.getLoginMethod(), this::login)
        .unary(SessionsGrpc.getLogoutMethod(), this::logout)
        .build();
  }

  LoginResponse login(LoginRequest request) {
    Sessions.LoginOutcome outcome;
    try {
      outcome =
          sessions.login(
              request.getEmail(),
              request.getPassword(),
              request.getNoExpiry(),
              request.getClientAddress());
    } catch (PasswordHasher.Busy _) {
      throw RpcFailure.unavailable("too many passwords wait to be checked");
    }
    return switch (outcome) {
      case Sessions.Issued issued ->
          LoginResponse.newBuilder()
              .setIssued(
                  IssuedToken.newBuilder()
                      .setToken(issued.token())
                      .setTokenId(issued.tokenId())
                      .setKid(issued.kid()))
              .build();
      case Sessions.Rejected _ ->
          LoginResponse.newBuilder().setRejected(LoginRejected.getDefaultInstance()).build();
      case Sessions.Throttled throttled ->
          LoginResponse.newBuilder()
              .setRejected(
                  LoginRejected.newBuilder().setRetryAfter(Times.toProto(throttled.retryAfter())))
              .build();
      case Sessions.KeystoreAway away -> throw RpcFailure.unavailable(away.cause());
    };
  }

  LogoutResponse logout(LogoutRequest request) {
    return switch (sessions.logout(request.getToken().toByteArray())) {
      case Verdict.Accepted _ -> LogoutResponse.getDefaultInstance();
      case Verdict.Refused _ -> throw RpcFailure.unauthenticated("the token is refused");
      case Verdict.Unavailable unavailable -> throw RpcFailure.unavailable(unavailable.cause());
    };
  }
}
