package org.rekey.gateway.proxy;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.Bodies;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.proxy.Exchange.Phase;
import org.rekey.gateway.route.Protocol;
import org.rekey.gateway.route.Route;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.route.Transport;
import org.rekey.gateway.route.Upstream;

/// Sends requests on and streams both bodies without holding more than a window of them, for one
/// event loop. Requests arrive paused.
///
/// What is sent a second time: whatever could not be sent at all, because there was no connection,
/// to another upstream; and a request that may be sent twice (RFC 9110 section 9.2.2) and has no
/// body, when a kept connection was closed by the upstream just as it went out. Of any other nobody
/// knows whether it was carried out. [RetryBudget] bounds both.
public final class Forwarder {
  private static final int MORE_TRIES = 2;
  private static final long LOOK_MILLIS = 250;
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  /// @param connectTimeout for routes that name none
  /// @param bodyTimeout how long a client may send nothing in the midst of a body
  /// @param exchanges how many may be under way on one event loop
  /// @param eventLoops among which the connections to an upstream are divided
  public record Limits(
      Duration connectTimeout, Duration bodyTimeout, int exchanges, int eventLoops) {}

  private final Limits limits;
  private final UpstreamHealth health;
  private final Supplier<Routes> routes;
  private final UpstreamClients clients;
  private final Exchanges exchanges = new Exchanges();
  private final ForwardedHeaders headers = new ForwardedHeaders();
  private final RetryBudget retries = new RetryBudget();
  private final Endings endings = new Endings(exchanges);
  private final RequestBodies bodies;
  private final UpstreamAnswers answers;
  private final Deadlines deadlines;
  private Routes served;

  /// @param routes those of now; connections that none of them needs are given up
  public Forwarder(Vertx vertx, Limits limits, UpstreamHealth health, Supplier<Routes> routes) {
    this.limits = limits;
    this.health = health;
    this.routes = routes;
    this.served = routes.get();
    this.clients = new UpstreamClients(vertx, limits.connectTimeout(), limits.eventLoops());
    this.bodies = new RequestBodies(vertx, endings);
    this.answers = new UpstreamAnswers(vertx, exchanges, headers, endings);
    this.deadlines = new Deadlines(clients, limits.bodyTimeout(), endings);
    vertx.setPeriodic(LOOK_MILLIS, _ -> look());
  }

  public void forward(RequestScope scope, Route route, String target) {
    if (isTooLong(scope.request(), route)) {
      Answers.error(scope, 413, "the request body is larger than this route takes");
    } else if (exchanges.size() >= limits.exchanges()) {
      Answers.unavailable(scope);
    } else {
      retries.request();
      Exchange exchange = new Exchange(scope, route, target);
      exchanges.add(exchange);
      attempt(exchange);
    }
  }

  private static boolean isTooLong(HttpServerRequest request, Route route) {
    if (route.bodyLimit() == Route.ANY_LENGTH) {
      return false;
    }
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length != null && Long.parseLong(length) > route.bodyLimit();
  }

  private void attempt(Exchange exchange) {
    Route route = exchange.route;
    Upstream before = exchange.upstream;
    Optional<Upstream> next =
        route.next(candidate -> health.isUp(candidate) && !candidate.equals(before));
    if (next.isEmpty()) {
      endings.fail(exchange, Failure.NONE_HEALTHY, null);
      return;
    }
    Upstream upstream = next.get();
    exchange.upstream = upstream;
    exchange.scope.seen().sentOn(upstream);
    exchange.enter(Phase.CONNECTING);
    clients
        .of(route.transport())
        .request(
            Targets.options(upstream, route.transport())
                .setMethod(exchange.request().method())
                .setURI(exchange.target))
        .onComplete(
            onward -> connected(exchange, upstream, onward),
            thrown -> notConnected(exchange, upstream, thrown));
  }

  private void connected(Exchange exchange, Upstream upstream, HttpClientRequest onward) {
    health.connected(upstream);
    onward.exceptionHandler(_ -> {});
    if (exchange.isOver()) {
      onward.reset(Endings.CANCEL);
      return;
    }
    exchange.onward = onward;
    Protocol protocol = exchange.route.transport().protocol();
    headers.toUpstream(exchange.scope, protocol, onward);
    exchange.scope.seen().propagate(onward.headers());
    exchange.request().exceptionHandler(_ -> endings.abandon(exchange));
    exchange.scope.response().exceptionHandler(_ -> endings.abandon(exchange));
    if (protocol == Protocol.HTTP1 && exchange.request().canUpgradeToWebSocket()) {
      new Tunnel(exchange, exchanges, headers, answers, this::broken).open(onward);
    } else {
      send(exchange, onward);
    }
  }

  private void notConnected(Exchange exchange, Upstream upstream, Throwable thrown) {
    Failure failure = Failure.ofConnecting(thrown);
    if (failure != Failure.BUSY) {
      health.notConnected(upstream);
    }
    if (exchange.isOver()) {
      return;
    }
    boolean isOtherLeft = exchange.route.upstreams().size() > 1;
    if (isOtherLeft && exchange.tries++ < MORE_TRIES && retries.spend()) {
      exchange.scope.seen().upstreamRetried();
      attempt(exchange);
    } else {
      endings.fail(exchange, failure, thrown);
    }
  }

  private void send(Exchange exchange, HttpClientRequest onward) {
    HttpServerRequest request = exchange.request();
    exchange.enter(Phase.SENDING);
    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
      request.response().writeContinue();
    }
    onward
        .response()
        .onComplete(answer -> answers.give(exchange, answer), thrown -> broken(exchange, thrown));
    bodies.send(exchange, onward);
  }

  /// Before the answer.
  private void broken(Exchange exchange, Throwable thrown) {
    if (exchange.isOver()) {
      return;
    }
    if (exchange.tries < MORE_TRIES && isStale(exchange, thrown) && retries.spend()) {
      exchange.tries++;
      exchange.scope.seen().upstreamRetried();
      exchange.upstream = exchange.route.upstreams().size() > 1 ? exchange.upstream : null;
      attempt(exchange);
    } else {
      endings.fail(exchange, Failure.BROKEN, thrown);
    }
  }

  private static boolean isStale(Exchange exchange, Throwable thrown) {
    HttpServerResponse response = exchange.scope.response();
    return thrown instanceof HttpClosedException
        && isRepeatable(exchange.request())
        && !response.headWritten()
        && !response.ended()
        && !response.closed();
  }

  /// HTTP/2 says only at its end that there was no body.
  private static boolean isRepeatable(HttpServerRequest request) {
    boolean isEmpty =
        request.version() == HttpVersion.HTTP_2
            ? request.isEnded() && request.bytesRead() == 0
            : !Bodies.hasBody(request);
    return isEmpty && SAFE.contains(request.method());
  }

  /// Ends what has waited for too long, and gives up connections that nobody needs any more.
  private void look() {
    exchanges.look(deadlines::judge);
    Routes now = routes.get();
    if (!now.equals(served)) {
      served = now;
      Set<Transport> used = new HashSet<>();
      now.routes().forEach(route -> used.add(route.transport()));
      clients.retain(used);
    }
  }
}
