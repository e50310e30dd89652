package org.rekey.gateway.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.rekey.gateway.proxy.Forwarder;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.RequestPath;
import org.rekey.gateway.route.Route;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.verdict.Verdict;
import org.rekey.gateway.verdict.VerdictClient;
import org.rekey.proto.auth.v1.Refused;

/// The way of one request: framing → path → own API, or verdict → route → upstream. One instance
/// for each event loop.
public final class Edge {
  private final Vertx vertx;
  private final Map<Audience, VerdictClient> verdicts;
  private final Supplier<Routes> routes;
  private final Forwarder forwarder;
  private final RequestIds requestIds;
  private final EdgeMetrics metrics;
  private final Map<String, Consumer<RequestScope>> ownApi;

  Edge(
      Vertx vertx,
      Map<Audience, VerdictClient> verdicts,
      ManagementApi management,
      Supplier<Routes> routes,
      Forwarder forwarder,
      RequestIds requestIds,
      EdgeMetrics metrics) {
    this.vertx = vertx;
    this.verdicts = verdicts;
    this.routes = routes;
    this.forwarder = forwarder;
    this.requestIds = requestIds;
    this.metrics = metrics;
    this.ownApi =
        Map.of(
            ManagementApi.LOGIN, management::login,
            ManagementApi.LOGOUT, management::logout);
  }

  public void handle(HttpServerRequest request) {
    request.pause();
    RequestScope scope = scope(request);
    String defect = Bodies.defect(request);
    if (!defect.isEmpty()) {
      Answers.error(scope, 400, defect);
      return;
    }
    Optional<RequestPath> path = RequestPath.of(request.uri());
    if (path.isEmpty()) {
      Answers.error(scope, 400, "the path can be read in more than one way");
      return;
    }
    Consumer<RequestScope> own = ownApi.get(path.get().path());
    if (own != null) {
      if (request.method().equals(HttpMethod.POST)) {
        own.accept(scope);
      } else {
        Answers.error(scope, 405, "method not allowed");
      }
      return;
    }
    Optional<Audience> audience = Audience.of(path.get());
    if (audience.isEmpty()) {
      Answers.error(scope, 404, "not found");
      return;
    }
    judge(scope, path.get(), audience.get());
  }

  /// What the HTTP library could not read: too long a target or header, broken framing.
  void refuseUnreadable(HttpServerRequest request) {
    RequestScope scope = scope(request);
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      Answers.error(scope, 414, "the request target is too long");
    } else if (cause instanceof TooLongHttpHeaderException) {
      Answers.error(scope, 431, "the request headers are too large");
    } else {
      Answers.error(scope, 400, "the request cannot be read");
    }
    request.connection().close();
  }

  private RequestScope scope(HttpServerRequest request) {
    RequestScope scope = new RequestScope(vertx, request, requestIds.of(request), metrics);
    scope
        .response()
        .putHeader(RequestIds.HEADER, scope.requestId())
        .putHeader("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        .putHeader("X-Content-Type-Options", "nosniff");
    return scope;
  }

  private void judge(RequestScope scope, RequestPath path, Audience audience) {
    switch (Credential.of(scope.request(), audience)) {
      case Credential.Missing missing -> Answers.challenge(scope, missing.text());
      case Credential.Token token ->
          client(audience)
              .ask(
                  token.value(),
                  verdict -> {
                    metrics.judged(audience, verdict);
                    act(scope, path, audience, verdict);
                  });
    }
  }

  private VerdictClient client(Audience audience) {
    VerdictClient client = verdicts.get(audience);
    if (client == null) {
      throw new IllegalStateException("no verdict client for " + audience);
    }
    return client;
  }

  private void act(RequestScope scope, RequestPath path, Audience audience, Verdict verdict) {
    switch (verdict) {
      case Verdict.Accepted _ -> {
        Optional<Route> route = routes.get().find(path);
        if (route.isEmpty()) {
          Answers.error(scope, 404, "not found");
        } else {
          forwarder.forward(scope, route.get().next(), route.get().target(path));
        }
      }
      case Verdict.Rejected rejected -> {
        switch (audience) {
          case USERS ->
              Answers.challenge(
                  scope,
                  rejected.reason() == Refused.Reason.REASON_NOT_LIVE
                      ? "unauthorized"
                      : "invalid jwt");
          case DEVICES -> Answers.empty(scope, 401);
        }
      }
      case Verdict.Unavailable _ -> Answers.error(scope, 503, "service unavailable");
    }
  }
}
