package org.rekey.gateway.proxy;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamResetException;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.Bodies;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.proxy.Exchange.Phase;
import org.rekey.gateway.route.Protocol;
import org.rekey.gateway.route.Route;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.route.Transport;
import org.rekey.gateway.route.Upstream;
import org.rekey.gateway.upload.UploadCheck;

/// Sends requests on and streams both bodies without holding more than a window of them, for one
/// event loop. Requests arrive paused.
///
/// What is sent a second time: whatever could not be sent at all, because there was no connection,
/// to another upstream; and a request that may be sent twice (RFC 9110 section 9.2.2) and has no
/// body, when a kept connection was closed by the upstream just as it went out. Of any other nobody
/// knows whether it was carried out. [RetryBudget] bounds both.
public final class Forwarder {
  private static final long CANCEL = 8;
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
  private final Failures failures = new Failures();
  private final Exchanges exchanges = new Exchanges();
  private final ForwardedHeaders headers = new ForwardedHeaders();
  private final RetryBudget retries = new RetryBudget();
  private final Vertx vertx;
  private Routes served;

  /// @param routes those of now; connections that none of them needs are given up
  public Forwarder(Vertx vertx, Limits limits, UpstreamHealth health, Supplier<Routes> routes) {
    this.vertx = vertx;
    this.limits = limits;
    this.health = health;
    this.routes = routes;
    this.served = routes.get();
    this.clients = new UpstreamClients(vertx, limits.connectTimeout(), limits.eventLoops());
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
      fail(exchange, Failure.NONE_HEALTHY, null);
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
      onward.reset(CANCEL);
      return;
    }
    exchange.onward = onward;
    Protocol protocol = exchange.route.transport().protocol();
    headers.toUpstream(exchange.scope, protocol, onward);
    exchange.scope.seen().propagate(onward.headers());
    exchange.request().exceptionHandler(_ -> abandon(exchange));
    exchange.scope.response().exceptionHandler(_ -> abandon(exchange));
    if (protocol == Protocol.HTTP1 && exchange.request().canUpgradeToWebSocket()) {
      new Tunnel(exchange, exchanges, headers, this::reply, this::broken).open(onward);
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
      fail(exchange, failure, thrown);
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
        .onComplete(answer -> reply(exchange, answer), thrown -> broken(exchange, thrown));
    boolean lengthKnown = request.headers().contains(HttpHeaders.CONTENT_LENGTH);
    Optional<UploadCheck> wanted = Upload.checkOf(exchange);
    if (!Bodies.hasBody(request)) {
      sent(exchange, onward);
      if (!request.isEnded()) {
        request.resume();
      }
    } else if (wanted.isPresent()) {
      onward.setChunked(!lengthKnown);
      check(exchange, onward, wanted.get());
    } else if (exchange.route.transport().protocol() != Protocol.HTTP1) {
      onward.setChunked(!lengthKnown);
      onward.sendHead();
      pump(exchange, onward);
    } else if (request.version() == HttpVersion.HTTP_2 && !lengthKnown) {
      sendIfAnyBody(exchange, onward);
    } else {
      onward.setChunked(!lengthKnown);
      pump(exchange, onward);
    }
  }

  private void check(Exchange exchange, HttpClientRequest onward, UploadCheck check) {
    new Upload(
            vertx,
            exchange,
            onward,
            check,
            why -> refuse(exchange, why),
            () -> fail(exchange, Failure.TOO_LONG, null),
            () -> sent(exchange, onward))
        .start();
  }

  private void refuse(Exchange exchange, String why) {
    exchanges.remove(exchange);
    cancel(exchange.onward);
    Answers.error(exchange.scope, 422, why);
  }

  /// HTTP/2 does not say at once whether there is a body: look for its first byte or its end before
  /// promising one.
  private void sendIfAnyBody(Exchange exchange, HttpClientRequest onward) {
    HttpServerRequest request = exchange.request();
    request.endHandler(_ -> sent(exchange, onward));
    request.handler(
        first -> {
          onward.setChunked(true);
          pump(exchange, onward);
          carry(exchange, onward, first);
        });
    request.fetch(1);
  }

  private void pump(Exchange exchange, HttpClientRequest onward) {
    HttpServerRequest request = exchange.request();
    request.endHandler(_ -> sent(exchange, onward));
    request.handler(chunk -> carry(exchange, onward, chunk));
    request.resume();
  }

  private void carry(Exchange exchange, HttpClientRequest onward, Buffer chunk) {
    HttpServerRequest request = exchange.request();
    if (request.bytesRead() > exchange.route.bodyLimit()) {
      fail(exchange, Failure.TOO_LONG, null);
      return;
    }
    onward.write(chunk);
    if (onward.writeQueueFull()) {
      request.pause();
      onward.drainHandler(_ -> request.resume());
    }
  }

  private static void sent(Exchange exchange, HttpClientRequest onward) {
    if (exchange.phase() == Phase.SENDING) {
      exchange.enter(Phase.WAITING);
    }
    onward.end();
  }

  private void reply(Exchange exchange, HttpClientResponse answer) {
    RequestScope scope = exchange.scope;
    HttpServerResponse response = scope.response();
    if (exchange.isOver() || response.ended() || response.closed()) {
      answer.request().reset(CANCEL);
      exchanges.remove(exchange);
      return;
    }
    int status = answer.statusCode();
    scope.seen().upstreamAnswered(status);
    if (status < 200) {
      // Of the answers before the answer, the library knows 100 and 103. Any other would be taken
      // for the answer itself.
      fail(exchange, Failure.BROKEN, null);
      return;
    }
    exchange.enter(Phase.ANSWERING);
    scope.outcome(status);
    response.setStatusCode(status);
    headers.toClient(answer.headers(), response.headers());
    if (status >= 400 && !exchange.request().isEnded()) {
      Answers.closeAfter(scope);
    }
    answer.exceptionHandler(thrown -> brokenOff(exchange, thrown));
    answer.endHandler(_ -> finish(exchange, answer));
    boolean isEmpty =
        status == 204 || status == 304 || exchange.request().method().equals(HttpMethod.HEAD);
    if (isEmpty) {
      answer.handler(_ -> {});
      return;
    }
    String length = response.headers().get(HttpHeaders.CONTENT_LENGTH);
    if (length == null) {
      if (exchange.request().version() != HttpVersion.HTTP_2) {
        response.setChunked(true);
      }
      vertx.runOnContext(_ -> sendHead(exchange, response));
    }
    boolean isHttp1 = exchange.route.transport().protocol() == Protocol.HTTP1;
    answer.handler(
        chunk -> {
          if (isHttp1 && !response.headWritten() && isAll(chunk, length)) {
            response.end(chunk);
            return;
          }
          response.write(chunk);
          if (response.writeQueueFull()) {
            answer.pause();
            response.drainHandler(_ -> answer.resume());
          }
        });
  }

  /// Most answers come in one piece, and go on in one. Over HTTP/1.1 that is seen at once; the end
  /// of an HTTP/2 stream is a thing of its own.
  private static boolean isAll(Buffer chunk, @Nullable String length) {
    return length != null && length.equals(Integer.toString(chunk.length()));
  }

  /// Whoever streams may have the head long before the first byte. Not before the end was looked
  /// for: for gRPC an answer that ends with its head is another thing than one that ends later.
  private static void sendHead(Exchange exchange, HttpServerResponse response) {
    if (exchange.phase() == Phase.ANSWERING && !response.headWritten() && !response.closed()) {
      response.writeHead();
    }
  }

  private void finish(Exchange exchange, HttpClientResponse answer) {
    if (exchange.isOver()) {
      return;
    }
    exchanges.remove(exchange);
    HttpServerResponse response = exchange.scope.response();
    if (!response.ended() && !response.closed()) {
      ForwardedHeaders.trailersToClient(exchange.request(), answer.trailers(), response);
      response.end();
    }
    if (!exchange.request().isEnded()) {
      answer.request().reset(0);
      Answers.drain(exchange.scope);
    }
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
      fail(exchange, Failure.BROKEN, thrown);
    }
  }

  /// In the midst of the answer: the client must see that it is not whole.
  private void brokenOff(Exchange exchange, Throwable thrown) {
    if (exchange.isOver()) {
      return;
    }
    exchanges.remove(exchange);
    HttpServerResponse response = exchange.scope.response();
    if (!response.ended()) {
      response.reset(thrown instanceof StreamResetException reset ? reset.getCode() : CANCEL);
    }
  }

  /// The client has gone.
  private void abandon(Exchange exchange) {
    if (exchange.isOver()) {
      return;
    }
    exchanges.remove(exchange);
    cancel(exchange.onward);
  }

  private void fail(Exchange exchange, Failure failure, @Nullable Throwable thrown) {
    exchanges.remove(exchange);
    cancel(exchange.onward);
    failures.tell(exchange, failure, thrown);
    RequestScope scope = exchange.scope;
    if (failure.status() >= 500) {
      scope.seen().upstreamFailed(thrown == null ? new IOException(failure.text()) : thrown);
    }
    if (scope.response().headWritten()) {
      scope.response().reset(CANCEL);
      return;
    }
    if (failure == Failure.SILENT_CLIENT) {
      Answers.closeAfter(scope);
    }
    if (failure.status() == 503) {
      Answers.unavailable(scope, failure.text());
    } else {
      Answers.error(scope, failure.status(), failure.text());
    }
  }

  private static void cancel(@Nullable HttpClientRequest onward) {
    if (onward != null) {
      onward.reset(CANCEL);
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
    exchanges.look(this::judge);
    Routes now = routes.get();
    if (!now.equals(served)) {
      served = now;
      Set<Transport> used = new HashSet<>();
      now.routes().forEach(route -> used.add(route.transport()));
      clients.retain(used);
    }
  }

  private void judge(Exchange exchange, long stillNanos) {
    HttpServerResponse response = exchange.scope.response();
    if (!exchange.isTunnel && (response.ended() || response.closed())) {
      abandon(exchange);
      return;
    }
    Route route = exchange.route;
    Duration limit =
        switch (exchange.phase()) {
          case CONNECTING -> clients.connectTimeout(route.transport()).multipliedBy(2);
          case SENDING -> isUpstreamSlow(exchange) ? route.patience().idle() : bodyTimeout(route);
          case WAITING -> route.patience().answer();
          case ANSWERING -> route.patience().idle();
          case TUNNEL -> route.patience().tunnel();
          case OVER -> Duration.ofDays(1);
        };
    if (stillNanos > limit.toNanos()) {
      switch (exchange.phase()) {
        case CONNECTING -> fail(exchange, Failure.BUSY, null);
        case SENDING ->
            fail(exchange, isUpstreamSlow(exchange) ? Failure.SILENT : Failure.SILENT_CLIENT, null);
        case WAITING -> fail(exchange, Failure.SILENT, null);
        case ANSWERING, TUNNEL -> {
          cancel(exchange.onward);
          fail(exchange, Failure.SILENT, null);
        }
        case OVER -> {}
      }
    }
  }

  private static boolean isUpstreamSlow(Exchange exchange) {
    HttpClientRequest onward = exchange.onward;
    return onward != null && onward.writeQueueFull();
  }

  /// Between the messages of an RPC there may be silence.
  private Duration bodyTimeout(Route route) {
    return route.transport().protocol() == Protocol.HTTP1
        ? limits.bodyTimeout()
        : route.patience().idle();
  }
}
