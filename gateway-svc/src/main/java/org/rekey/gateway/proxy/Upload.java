package org.rekey.gateway.proxy;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.upload.BodyPipe;
import org.rekey.gateway.upload.UploadCheck;

/// A body that goes on to its upstream and is checked in passing. Its last piece is kept back until
/// the verdict is there, so an upstream never has all of what is refused.
final class Upload {
  private final Exchange exchange;
  private final HttpClientRequest onward;
  private final UploadCheck check;
  private final Endings endings;
  private final Context context;
  private final BodyPipe pipe;
  private @Nullable Buffer kept;

  Upload(
      Vertx vertx,
      Exchange exchange,
      HttpClientRequest onward,
      UploadCheck check,
      Endings endings) {
    this.exchange = exchange;
    this.onward = onward;
    this.check = check;
    this.endings = endings;
    this.context = vertx.getOrCreateContext();
    this.pipe = new BodyPipe(() -> context.runOnContext(_ -> resume()));
  }

  /// The check of a request, if its route has one and its body may carry an artifact.
  static Optional<UploadCheck> checkOf(Exchange exchange) {
    return exchange.route.uploads().filter(_ -> isForm(exchange.request()));
  }

  /// Only forms are taken for uploads by those behind; what cannot be read as one is refused then.
  private static boolean isForm(HttpServerRequest request) {
    return request.headers().getAll(HttpHeaders.CONTENT_TYPE).stream()
        .anyMatch(type -> type.toLowerCase(Locale.ROOT).contains("multipart"));
  }

  void start() {
    HttpServerRequest request = exchange.request();
    List<String> types = request.headers().getAll(HttpHeaders.CONTENT_TYPE);
    if (types.size() != 1 || request.headers().contains(HttpHeaders.CONTENT_ENCODING)) {
      endings.refuse(exchange, "an upload has one Content-Type and no Content-Encoding");
      return;
    }
    exchange.whenOver = pipe::breakOff;
    request.endHandler(_ -> pipe.end());
    request.handler(this::pass);
    Thread.ofVirtual().name("upload").start(() -> judge(types.getFirst()));
    request.resume();
  }

  private void pass(Buffer chunk) {
    if (exchange.isOver()) {
      return;
    }
    if (exchange.request().bytesRead() > exchange.route.bodyLimit()) {
      endings.fail(exchange, Failure.TOO_LONG, null);
      return;
    }
    pipe.write(chunk.getBytes());
    if (kept != null) {
      onward.write(kept);
    }
    kept = chunk;
    if (pipe.isFull() || onward.writeQueueFull()) {
      exchange.request().pause();
      onward.drainHandler(_ -> resume());
    }
  }

  private void resume() {
    if (!exchange.isOver() && !pipe.isFull() && !onward.writeQueueFull()) {
      exchange.request().resume();
    }
  }

  private void judge(String contentType) {
    try {
      var problem = check.problem(pipe, contentType);
      context.runOnContext(_ -> judged(problem.orElse(null)));
    } catch (IOException e) {
      // Whoever broke it off has ended the exchange.
    } catch (RuntimeException e) {
      context.runOnContext(_ -> judged("the upload cannot be read"));
    }
  }

  private void judged(@Nullable String problem) {
    if (exchange.isOver()) {
      return;
    }
    if (problem != null) {
      endings.refuse(exchange, problem);
      return;
    }
    if (kept != null) {
      onward.write(kept);
      kept = null;
    }
    RequestBodies.sent(exchange, onward);
  }
}
