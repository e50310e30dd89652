package org.rekey.gateway.proxy;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.Optional;
import org.rekey.gateway.http.Bodies;
import org.rekey.gateway.proxy.Exchange.Phase;
import org.rekey.gateway.route.Protocol;
import org.rekey.gateway.upload.UploadCheck;

/// Sends the bodies of requests to the upstreams, as fast as these take them and as long as their
/// routes allow.
final class RequestBodies {
  private final Vertx vertx;
  private final Endings endings;

  RequestBodies(Vertx vertx, Endings endings) {
    this.vertx = vertx;
    this.endings = endings;
  }

  void send(Exchange exchange, HttpClientRequest onward) {
    HttpServerRequest request = exchange.request();
    boolean lengthKnown = request.headers().contains(HttpHeaders.CONTENT_LENGTH);
    Optional<UploadCheck> wanted = Upload.checkOf(exchange);
    if (!Bodies.hasBody(request)) {
      sent(exchange, onward);
      if (!request.isEnded()) {
        request.resume();
      }
    } else if (wanted.isPresent()) {
      onward.setChunked(!lengthKnown);
      new Upload(vertx, exchange, onward, wanted.get(), endings).start();
    } else if (exchange.route.transport().protocol() != Protocol.HTTP1) {
      onward.setChunked(!lengthKnown);
      onward.sendHead();
      pump(exchange, onward);
    } else if (request.version() == HttpVersion.HTTP_2 && !lengthKnown) {
      sendIfAny(exchange, onward);
    } else {
      onward.setChunked(!lengthKnown);
      pump(exchange, onward);
    }
  }

  /// HTTP/2 does not say at once whether there is a body: look for its first byte or its end before
  /// promising one.
  private void sendIfAny(Exchange exchange, HttpClientRequest onward) {
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
      endings.fail(exchange, Failure.TOO_LONG, null);
      return;
    }
    onward.write(chunk);
    if (onward.writeQueueFull()) {
      request.pause();
      onward.drainHandler(_ -> request.resume());
    }
  }

  /// There is no more of the body, or never was any.
  static void sent(Exchange exchange, HttpClientRequest onward) {
    if (exchange.phase() == Phase.SENDING) {
      exchange.enter(Phase.WAITING);
    }
    onward.end();
  }
}
