package org.rekey.gateway.proxy;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.NetSocket;
import java.util.function.BiConsumer;

/// A web socket's handshake goes through as it is; once the upstream has agreed, the gateway only
/// carries bytes.
final class Tunnel {
  private static final int SWITCHING_PROTOCOLS = 101;

  private final Exchange exchange;
  private final Exchanges exchanges;
  private final ForwardedHeaders headers;
  private final UpstreamAnswers answers;
  private final BiConsumer<Exchange, Throwable> broken;

  /// @param answers where it goes if the upstream gives an answer instead
  /// @param broken there is neither
  Tunnel(
      Exchange exchange,
      Exchanges exchanges,
      ForwardedHeaders headers,
      UpstreamAnswers answers,
      BiConsumer<Exchange, Throwable> broken) {
    this.exchange = exchange;
    this.exchanges = exchanges;
    this.headers = headers;
    this.answers = answers;
    this.broken = broken;
  }

  void open(HttpClientRequest onward) {
    exchange.enter(Exchange.Phase.WAITING);
    onward
        .putHeader(HttpHeaders.CONNECTION, "Upgrade")
        .putHeader(HttpHeaders.UPGRADE, "websocket")
        .connect()
        .onComplete(this::answered, thrown -> broken.accept(exchange, thrown));
  }

  private void answered(HttpClientResponse answer) {
    if (exchange.isOver()) {
      answer.request().reset(0);
      return;
    }
    if (answer.statusCode() != SWITCHING_PROTOCOLS) {
      // Not used again: it was to become something else, and may take no other request.
      answer.end().onComplete(_ -> answer.request().connection().close());
      answers.give(exchange, answer);
      exchange.request().resume();
      return;
    }
    HttpServerResponse response = exchange.scope.response();
    headers.toClient(answer.headers(), response.headers());
    exchange.scope.seen().upstreamAnswered(SWITCHING_PROTOCOLS);
    exchange.scope.outcome(SWITCHING_PROTOCOLS);
    response
        .setStatusCode(SWITCHING_PROTOCOLS)
        .putHeader(HttpHeaders.CONNECTION, "Upgrade")
        .putHeader(HttpHeaders.UPGRADE, "websocket");
    NetSocket back = answer.netSocket();
    exchange.isTunnel = true;
    exchange.enter(Exchange.Phase.TUNNEL);
    exchange
        .request()
        .toNetSocket()
        .onComplete(
            front -> {
              carry(front, back);
              carry(back, front);
            },
            _ -> {
              exchanges.remove(exchange);
              exchange.scope.ended();
              back.close();
            });
  }

  private void carry(NetSocket from, NetSocket to) {
    from.handler(
        bytes -> {
          count(bytes);
          to.write(bytes);
          if (to.writeQueueFull()) {
            from.pause();
            to.drainHandler(_ -> from.resume());
          }
        });
    from.endHandler(_ -> to.end());
    from.exceptionHandler(_ -> to.close());
    from.closeHandler(
        _ -> {
          exchanges.remove(exchange);
          exchange.scope.ended();
          to.close();
        });
  }

  private void count(Buffer bytes) {
    exchange.tunnelled += bytes.length();
  }
}
