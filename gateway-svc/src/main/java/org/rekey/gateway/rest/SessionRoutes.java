package org.rekey.gateway.rest;

import com.google.protobuf.UnsafeByteOperations;
import io.vertx.core.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.proto.useradm.v1.LoginRejected;
import org.rekey.proto.useradm.v1.LoginRequest;
import org.rekey.proto.useradm.v1.LoginResponse;
import org.rekey.proto.useradm.v1.LogoutRequest;
import org.rekey.proto.useradm.v1.SessionsGrpc;

/// Logging in and out.
final class SessionRoutes {
  private final Rpc rpc;

  SessionRoutes(Rpc rpc) {
    this.rpc = rpc;
  }

  /// E-mail and password by HTTP Basic; the body, if any, is `{"no_expiry": bool}`.
  void login(Call call) throws BadRequest {
    Optional<BasicCredentials> login =
        BasicCredentials.of(call.scope().request().getHeader(HttpHeaders.AUTHORIZATION));
    if (login.isEmpty()) {
      Answers.error(call.scope(), 401, "invalid or missing auth header");
      return;
    }
    boolean noExpiry =
        call.body().length() > 0
            && call.json(_ -> "cannot parse request body as json").flag("no_expiry");
    rpc.ask(
        call.scope(),
        SessionsGrpc.getLoginMethod(),
        LoginRequest.newBuilder()
            .setEmail(login.get().name())
            .setPassword(login.get().password())
            .setNoExpiry(noExpiry)
            .setClientAddress(call.clientAddress())
            .build(),
        response -> loggedIn(call.scope(), response));
  }

  /// The body of the answer is the token and no byte more, because clients use it as it is.
  private static void loggedIn(RequestScope scope, LoginResponse response) {
    switch (response.getOutcomeCase()) {
      case ISSUED -> Answers.text(scope, 200, "application/jwt", response.getIssued().getToken());
      case REJECTED -> rejected(scope, response.getRejected());
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }

  private static void rejected(RequestScope scope, LoginRejected rejected) {
    if (rejected.hasRetryAfter()) {
      Duration wait =
          Duration.ofSeconds(
              rejected.getRetryAfter().getSeconds(), rejected.getRetryAfter().getNanos());
      Answers.tooManyRequests(scope, wait);
    } else {
      Answers.error(scope, 401, "unauthorized");
    }
  }

  /// Ends the token that the call carries.
  void logout(Call call) {
    rpc.ask(
        call.scope(),
        SessionsGrpc.getLogoutMethod(),
        LogoutRequest.newBuilder()
            .setToken(UnsafeByteOperations.unsafeWrap(call.caller().token()))
            .build(),
        _ -> Answers.empty(call.scope(), 202));
  }
}
