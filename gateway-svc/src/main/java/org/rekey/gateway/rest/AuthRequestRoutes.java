package org.rekey.gateway.rest;

import com.google.protobuf.UnsafeByteOperations;
import java.time.Duration;
import java.util.List;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.proto.deviceauth.v1.AuthRequestsGrpc;
import org.rekey.proto.deviceauth.v1.AuthenticateRequest;
import org.rekey.proto.deviceauth.v1.AuthenticateResponse;

/// Where devices ask for tokens. `Authorization` is not looked at here: real clients send all sorts
/// of things in it.
final class AuthRequestRoutes {
  private static final String SIGNATURE = "X-MEN-Signature";

  private final Rpc rpc;

  AuthRequestRoutes(Rpc rpc) {
    this.rpc = rpc;
  }

  /// The body goes on as it came: the signature is over its bytes.
  void authenticate(Call call) throws BadRequest {
    List<String> signatures = call.scope().request().headers().getAll(SIGNATURE);
    if (signatures.size() > 1) {
      throw new BadRequest("more than one request signature header");
    }
    rpc.ask(
        call.scope(),
        AuthRequestsGrpc.getAuthenticateMethod(),
        AuthenticateRequest.newBuilder()
            .setBody(UnsafeByteOperations.unsafeWrap(call.body().getBytes()))
            .setSignature(signatures.isEmpty() ? "" : signatures.getFirst())
            .setSourceAddress(call.clientAddress())
            .build(),
        response -> answered(call.scope(), response));
  }

  private static void answered(RequestScope scope, AuthenticateResponse response) {
    switch (response.getOutcomeCase()) {
      case ISSUED -> Answers.text(scope, 200, "application/jwt", response.getIssued().getToken());
      case NOT_AUTHORIZED ->
          Answers.error(
              scope,
              401,
              response.getNotAuthorized().getLimitReached()
                  ? "unauthorized"
                  : "dev auth: unauthorized");
      case BAD_SIGNATURE -> Answers.error(scope, 401, "signature verification failed");
      case BAD_REQUEST -> Answers.error(scope, 400, response.getBadRequest().getMessage());
      case TOO_MANY -> {
        var wait = response.getTooMany().getRetryAfter();
        Answers.tooManyRequests(scope, Duration.ofSeconds(wait.getSeconds(), wait.getNanos()));
      }
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }
}
