package org.rekey.gateway.forwardauth;

import com.google.protobuf.BoolValue;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.vertx.core.Context;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.rekey.gateway.http.Caller;
import org.rekey.gateway.http.Credential;
import org.rekey.gateway.http.Guard;
import org.rekey.gateway.http.Refusal;
import org.rekey.gateway.http.RequestIds;
import org.rekey.gateway.route.Audience;
import org.rekey.proto.envoy.auth.v3.CheckRequest;
import org.rekey.proto.envoy.auth.v3.CheckResponse;
import org.rekey.proto.envoy.auth.v3.DeniedHttpResponse;
import org.rekey.proto.envoy.auth.v3.OkHttpResponse;
import org.rekey.proto.envoy.core.v3.HeaderValue;
import org.rekey.proto.envoy.core.v3.HeaderValueOption;
import org.rekey.proto.envoy.core.v3.HeaderValueOption.HeaderAppendAction;
import org.rekey.proto.envoy.type.v3.HttpStatus;
import org.rekey.runtime.grpc.RpcFailure;

/// The verdict on a request that stays with Envoy (`envoy.service.auth.v3.Authorization`). gRPC's
/// threads come in here; the event loop goes on.
public final class ExtAuthz {
  /// In Envoy's configuration: `users` or `devices`, whatever the path. Without it the path tells.
  static final String AUDIENCE = "rekey_audience";

  private static final String BY_PATH = "by-path";

  private final Context loop;
  private final Map<Audience, Guard> guards;
  private final RequestIds requestIds;

  /// @param guards of this event loop
  public ExtAuthz(Context loop, Map<Audience, Guard> guards, RequestIds requestIds) {
    this.loop = loop;
    this.guards = guards;
    this.requestIds = requestIds;
  }

  /// Fails with UNAVAILABLE when no verdict is to be had: then Envoy asks another gateway, or does
  /// what its configuration says (`status_on_error`).
  public CompletionStage<CheckResponse> check(CheckRequest request) {
    EnvoyHeaders headers = EnvoyHeaders.of(request.getAttributes().getRequest().getHttp());
    String requestId = requestIds.of(headers.first(RequestIds.HEADER));
    return switch (target(request)) {
      case ForwardedTarget.Known known -> judge(headers, known.audience(), requestId);
      case ForwardedTarget.Unknown unknown ->
          CompletableFuture.completedFuture(denied(unknown.refusal(), requestId));
    };
  }

  private static ForwardedTarget target(CheckRequest request) {
    String audience = request.getAttributes().getContextExtensionsOrDefault(AUDIENCE, BY_PATH);
    Optional<Audience> fixed =
        switch (audience) {
          case "users" -> Optional.of(Audience.USERS);
          case "devices" -> Optional.of(Audience.DEVICES);
          case BY_PATH -> Optional.empty();
          default ->
              throw RpcFailure.invalidArgument(
                  "context_extensions: %s: \"%s\" (expected: users, devices, %s)"
                      .formatted(AUDIENCE, audience, BY_PATH));
        };
    return ForwardedTarget.of(fixed, request.getAttributes().getRequest().getHttp().getPath());
  }

  private CompletionStage<CheckResponse> judge(
      EnvoyHeaders headers, Audience audience, String requestId) {
    Guard guard = guards.get(audience);
    if (guard == null) {
      throw new IllegalStateException(audience + ": nobody judges its tokens");
    }
    Credential credential =
        Credential.of(headers.all("authorization"), () -> headers.all("cookie"), audience);
    CompletableFuture<CheckResponse> answer = new CompletableFuture<>();
    loop.runOnContext(
        _ ->
            guard.judge(
                credential,
                caller -> answer.complete(admitted(headers, audience, caller, requestId)),
                refusal -> refused(answer, refusal, requestId)));
    return answer;
  }

  private static void refused(
      CompletableFuture<CheckResponse> answer, Refusal refusal, String requestId) {
    if (refusal.status() == Refusal.UNAVAILABLE.status()) {
      answer.completeExceptionally(RpcFailure.unavailable("no verdict is to be had"));
    } else {
      answer.complete(denied(refusal, requestId));
    }
  }

  private static CheckResponse admitted(
      EnvoyHeaders headers, Audience audience, Caller caller, String requestId) {
    Map<String, String> identity = Identity.headers(audience, caller).orElse(Map.of());
    if (identity.isEmpty()) {
      return denied(Identity.UNTELLABLE, requestId);
    }
    OkHttpResponse.Builder ok = OkHttpResponse.newBuilder();
    identity.forEach((name, value) -> ok.addHeaders(header(name, value)));
    ok.addHeaders(header(RequestIds.HEADER, requestId));
    headers.names().stream()
        .filter(Identity::isClaimedBy)
        .filter(name -> identity.keySet().stream().noneMatch(name::equalsIgnoreCase))
        .forEach(ok::addHeadersToRemove);
    return CheckResponse.newBuilder()
        .setStatus(Status.newBuilder().setCode(Code.OK_VALUE))
        .setOkResponse(ok)
        .build();
  }

  private static CheckResponse denied(Refusal refusal, String requestId) {
    DeniedHttpResponse.Builder denied =
        DeniedHttpResponse.newBuilder()
            .setStatus(HttpStatus.newBuilder().setCodeValue(refusal.status()))
            .setBody(refusal.body(requestId));
    refusal.allHeaders().forEach((name, value) -> denied.addHeaders(header(name, value)));
    denied.addHeaders(header(RequestIds.HEADER, requestId));
    int code = refusal.status() == 401 ? Code.UNAUTHENTICATED_VALUE : Code.PERMISSION_DENIED_VALUE;
    return CheckResponse.newBuilder()
        .setStatus(Status.newBuilder().setCode(code))
        .setDeniedResponse(denied)
        .build();
  }

  /// In place of whatever the client has sent, in the words of older and of newer Envoys.
  private static HeaderValueOption header(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
        .setAppend(BoolValue.of(false))
        .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
        .build();
  }
}
