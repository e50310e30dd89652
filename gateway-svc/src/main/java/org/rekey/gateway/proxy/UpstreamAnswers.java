package org.rekey.gateway.proxy;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.proxy.Exchange.Phase;
import org.rekey.gateway.route.Protocol;

/// Gives the answers of upstreams to clients, as fast as these take them.
final class UpstreamAnswers {
  private final Vertx vertx;
  private final Exchanges exchanges;
  private final ForwardedHeaders headers;
  private final Endings endings;

  UpstreamAnswers(Vertx vertx, Exchanges exchanges, ForwardedHeaders headers, Endings endings) {
    this.vertx = vertx;
    this.exchanges = exchanges;
    this.headers = headers;
    this.endings = endings;
  }

  void give(Exchange exchange, HttpClientResponse answer) {
    RequestScope scope = exchange.scope;
    HttpServerResponse response = scope.response();
    if (exchange.isOver() || response.ended() || response.closed()) {
      answer.request().reset(Endings.CANCEL);
      exchanges.remove(exchange);
      return;
    }
    int status = answer.statusCode();
    scope.seen().upstreamAnswered(status);
    if (status < 200) {
      // Of the answers before the answer, the library knows 100 and 103. Any other would be taken
      // for the answer itself.
      endings.fail(exchange, Failure.BROKEN, null);
      return;
    }
    exchange.enter(Phase.ANSWERING);
    scope.outcome(status);
    response.setStatusCode(status);
    headers.toClient(answer.headers(), response.headers());
    if (status >= 400 && !exchange.request().isEnded()) {
      Answers.closeAfter(scope);
    }
    answer.exceptionHandler(thrown -> endings.breakOff(exchange, thrown));
    answer.endHandler(_ -> finish(exchange, answer));
    boolean isEmpty =
        status == 204 || status == 304 || exchange.request().method().equals(HttpMethod.HEAD);
    if (isEmpty) {
      answer.handler(_ -> {});
    } else {
      giveBody(exchange, answer, response);
    }
  }

  private void giveBody(Exchange exchange, HttpClientResponse answer, HttpServerResponse response) {
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
}
