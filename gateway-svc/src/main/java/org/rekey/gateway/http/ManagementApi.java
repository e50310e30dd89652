package org.rekey.gateway.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.rekey.gateway.route.Audience;
import org.rekey.proto.useradm.v1.LoginRequest;
import org.rekey.proto.useradm.v1.LoginResponse;
import org.rekey.proto.useradm.v1.LogoutRequest;
import org.rekey.proto.useradm.v1.LogoutResponse;
import org.rekey.proto.useradm.v1.SessionsGrpc;

/// Logging in and out: Mender's REST calls, made of rpcs to useradm-svc.
final class ManagementApi {
  static final String LOGIN = "/api/management/v1/useradm/auth/login";
  static final String LOGOUT = "/api/management/v1/useradm/auth/logout";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long RPC_SECONDS = 8;

  private final Context loop;
  private final Channel useradm;
  private final int bodyLimit;

  ManagementApi(Context loop, Channel useradm, int bodyLimit) {
    this.loop = loop;
    this.useradm = useradm;
    this.bodyLimit = bodyLimit;
  }

  /// `POST …/auth/login`: Basic credentials; the body, if any, is `{"no_expiry": bool}`. The
  /// answer's body is the token and no byte more, because clients use it as it is.
  void login(RequestScope scope) {
    LoginRequest.Builder login = LoginRequest.newBuilder();
    if (!readBasic(scope.request(), login)) {
      Answers.error(scope, 401, "invalid or missing auth header");
      return;
    }
    readBody(
        scope,
        body -> {
          if (!readOptions(scope, body, login)) {
            return;
          }
          ClientCalls.asyncUnaryCall(
              useradm.newCall(SessionsGrpc.getLoginMethod(), deadline()),
              login.build(),
              new OnLoop<LoginResponse>(scope, response -> loggedIn(scope, response)));
        });
  }

  private static void loggedIn(RequestScope scope, LoginResponse response) {
    switch (response.getOutcomeCase()) {
      case ISSUED -> Answers.text(scope, 200, "application/jwt", response.getIssued().getToken());
      case REJECTED -> Answers.error(scope, 401, "unauthorized");
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }

  /// `POST …/auth/logout`: ends the token that the call carries.
  void logout(RequestScope scope) {
    switch (Credential.of(scope.request(), Audience.USERS)) {
      case Credential.Missing missing -> Answers.challenge(scope, missing.text());
      case Credential.Token token ->
          ClientCalls.asyncUnaryCall(
              useradm.newCall(SessionsGrpc.getLogoutMethod(), deadline()),
              LogoutRequest.newBuilder()
                  .setToken(UnsafeByteOperations.unsafeWrap(token.value()))
                  .build(),
              new OnLoop<LogoutResponse>(scope, _ -> Answers.empty(scope, 202)));
    }
  }

  private static CallOptions deadline() {
    return CallOptions.DEFAULT.withDeadlineAfter(RPC_SECONDS, TimeUnit.SECONDS);
  }

  private static boolean readBasic(HttpServerRequest request, LoginRequest.Builder login) {
    String header = request.getHeader(HttpHeaders.AUTHORIZATION);
    if (header == null || !header.regionMatches(true, 0, "Basic ", 0, 6)) {
      return false;
    }
    String pair;
    try {
      byte[] bytes = Base64.getDecoder().decode(header.substring(6).trim());
      pair = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      return false;
    }
    int colon = pair.indexOf(':');
    if (colon <= 0) {
      return false;
    }
    login.setEmail(pair.substring(0, colon)).setPassword(pair.substring(colon + 1));
    return true;
  }

  private void readBody(RequestScope scope, Consumer<Buffer> then) {
    HttpServerRequest request = scope.request();
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    if (length != null && Long.parseLong(length) > bodyLimit) {
      Answers.error(scope, 413, "http: request body too large");
      return;
    }
    Buffer body = Buffer.buffer();
    boolean[] done = {false};
    request.exceptionHandler(_ -> done[0] = true);
    request.handler(
        chunk -> {
          if (done[0]) {
            return;
          }
          if (body.length() + chunk.length() > bodyLimit) {
            done[0] = true;
            request.pause();
            Answers.error(scope, 413, "http: request body too large");
          } else {
            body.appendBuffer(chunk);
          }
        });
    request.endHandler(
        _ -> {
          if (!done[0]) {
            done[0] = true;
            then.accept(body);
          }
        });
    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
      request.response().writeContinue();
    }
    request.resume();
  }

  /// False when an answer has been given.
  private static boolean readOptions(RequestScope scope, Buffer body, LoginRequest.Builder login) {
    if (body.length() == 0) {
      return true;
    }
    String type = scope.request().getHeader(HttpHeaders.CONTENT_TYPE);
    if (type == null) {
      Answers.error(scope, 400, "Invalid value for Content-Type header: mime: no media type");
      return false;
    }
    int parameters = type.indexOf(';');
    String mediaType = parameters < 0 ? type : type.substring(0, parameters);
    if (!mediaType.trim().toLowerCase(Locale.ROOT).equals("application/json")) {
      Answers.error(scope, 415, "Bad Content-Type, expected 'application/json'");
      return false;
    }
    try {
      JsonNode options = JSON.readTree(body.getBytes());
      JsonNode noExpiry = options.path("no_expiry");
      if (!options.isObject() || !(noExpiry.isMissingNode() || noExpiry.isBoolean())) {
        Answers.error(scope, 400, "cannot parse request body as json");
        return false;
      }
      login.setNoExpiry(noExpiry.asBoolean(false));
      return true;
    } catch (JsonProcessingException e) {
      Answers.error(scope, 400, "cannot parse request body as json");
      return false;
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// Brings an rpc's answer back to the event loop, and its failure into Mender's shapes.
  private final class OnLoop<A> implements StreamObserver<A> {
    private final RequestScope scope;
    private final Consumer<A> then;

    OnLoop(RequestScope scope, Consumer<A> then) {
      this.scope = scope;
      this.then = then;
    }

    @Override
    public void onNext(A response) {
      loop.runOnContext(_ -> then.accept(response));
    }

    @Override
    public void onError(Throwable thrown) {
      Status.Code code = Status.fromThrowable(thrown).getCode();
      loop.runOnContext(_ -> answer(code));
    }

    @Override
    public void onCompleted() {}

    private void answer(Status.Code code) {
      switch (code) {
        case UNAUTHENTICATED -> Answers.challenge(scope, "invalid jwt");
        case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, RESOURCE_EXHAUSTED ->
            Answers.error(scope, 503, "service unavailable");
        default -> Answers.error(scope, 500, "internal error");
      }
    }
  }
}
