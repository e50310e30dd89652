package org.rekey.gateway.proxy;

import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import org.rekey.gateway.route.Protocol;
import org.rekey.gateway.route.Route;

/// For how long an exchange may stand still, and what it is called when that was too long.
final class Deadlines {
  private final UpstreamClients clients;
  private final Duration bodyTimeout;
  private final Endings endings;

  /// @param bodyTimeout how long a client may send nothing in the midst of a body
  Deadlines(UpstreamClients clients, Duration bodyTimeout, Endings endings) {
    this.clients = clients;
    this.bodyTimeout = bodyTimeout;
    this.endings = endings;
  }

  /// Ends an exchange that has waited for too long, or whose client has gone unnoticed.
  void judge(Exchange exchange, long stillNanos) {
    HttpServerResponse response = exchange.scope.response();
    if (!exchange.isTunnel && (response.ended() || response.closed())) {
      endings.abandon(exchange);
    } else if (stillNanos > limit(exchange).toNanos()) {
      end(exchange);
    }
  }

  private Duration limit(Exchange exchange) {
    Route route = exchange.route;
    return switch (exchange.phase()) {
      case CONNECTING -> clients.connectTimeout(route.transport()).multipliedBy(2);
      case SENDING -> isUpstreamSlow(exchange) ? route.patience().idle() : bodyTimeout(route);
      case WAITING -> route.patience().answer();
      case ANSWERING -> route.patience().idle();
      case TUNNEL -> route.patience().tunnel();
      case OVER -> Duration.ofDays(1);
    };
  }

  private void end(Exchange exchange) {
    switch (exchange.phase()) {
      case CONNECTING -> endings.fail(exchange, Failure.BUSY, null);
      case SENDING ->
          endings.fail(
              exchange, isUpstreamSlow(exchange) ? Failure.SILENT : Failure.SILENT_CLIENT, null);
      case WAITING -> endings.fail(exchange, Failure.SILENT, null);
      case ANSWERING, TUNNEL -> {
        Endings.cancel(exchange.onward);
        endings.fail(exchange, Failure.SILENT, null);
      }
      case OVER -> {}
    }
  }

  private static boolean isUpstreamSlow(Exchange exchange) {
    HttpClientRequest onward = exchange.onward;
    return onward != null && onward.writeQueueFull();
  }

  /// Between the messages of an RPC there may be silence.
  private Duration bodyTimeout(Route route) {
    return route.transport().protocol() == Protocol.HTTP1 ? bodyTimeout : route.patience().idle();
  }
}
