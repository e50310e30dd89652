package org.rekey.gateway.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The answers that the gateway gives itself, in Mender's shapes: `{"error": …, "request_id": …}`.
///
/// A refusal before the body was read must let the client read it: the answer says `Connection:
/// close`, then the rest of the body is drained for a moment before the connection ends. A client
/// that is still sending would otherwise see a reset and never the answer.
public final class Answers {
  private static final Logger LOG = LoggerFactory.getLogger(Answers.class);
  public static final String JSON_TYPE = "application/json; charset=utf-8";
  private static final long DRAIN_BYTES = 1 << 20;
  private static final long DRAIN_SECONDS = 2;

  private Answers() {}

  /// An answer without a body.
  public static void empty(RequestScope scope, int status) {
    send(scope, status, Buffer.buffer());
  }

  /// An answer with a body that is not JSON.
  public static void text(RequestScope scope, int status, String contentType, String body) {
    scope.response().putHeader(HttpHeaders.CONTENT_TYPE, contentType);
    send(scope, status, Buffer.buffer(body));
  }

  /// An error in Mender's shape.
  public static void error(RequestScope scope, int status, String text) {
    refuse(scope, Refusal.of(status, text));
  }

  /// That a request does not go on.
  public static void refuse(RequestScope scope, Refusal refusal) {
    refusal.allHeaders().forEach(scope.response()::putHeader);
    send(scope, refusal.status(), Buffer.buffer(refusal.body(scope.requestId())));
  }

  /// A body of JSON.
  public static void json(RequestScope scope, int status, Buffer body) {
    scope.response().putHeader(HttpHeaders.CONTENT_TYPE, JSON_TYPE);
    send(scope, status, body);
  }

  /// The same thing is at another path.
  public static void redirect(RequestScope scope, int status, String location) {
    scope.response().putHeader(HttpHeaders.LOCATION, location);
    send(scope, status, Buffer.buffer());
  }

  /// 503: something that is needed is away; it is worth trying again soon.
  public static void unavailable(RequestScope scope) {
    refuse(scope, Refusal.UNAVAILABLE);
  }

  /// As [#unavailable(RequestScope)], with a word more for the client.
  public static void unavailable(RequestScope scope, String text) {
    refuse(scope, new Refusal(503, text, Refusal.UNAVAILABLE.headers()));
  }

  /// The answer that is about to be given is the last one on an HTTP/1.1 connection.
  public static void closeAfter(RequestScope scope) {
    if (scope.request().version() != HttpVersion.HTTP_2) {
      scope.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
  }

  /// Reads the rest of a request that has been answered, for a moment, so that its client reads the
  /// answer; then ends it.
  public static void drain(RequestScope scope) {
    if (scope.request().version() == HttpVersion.HTTP_2) {
      drainStream(scope);
    } else {
      drainConnection(scope);
    }
  }

  /// 429, with the time to wait.
  public static void tooManyRequests(RequestScope scope, Duration wait) {
    scope.seen().rateLimited();
    refuse(scope, Refusal.tooManyRequests(wait));
  }

  /// 401 for a request whose token is missing or cannot be read.
  public static void challenge(RequestScope scope, String text) {
    refuse(scope, Refusal.challenge(text));
  }

  /// Runs what goes on with a request on the event loop: a defect of ours is 500 and a line in the
  /// log, and the client is not left waiting.
  public static void guarded(RequestScope scope, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | StackOverflowError e) {
      LOG.atError()
          .setCause(e)
          .addKeyValue("requestId", scope.requestId())
          .log("a request failed for a reason that its handler does not know");
      if (scope.response().headWritten()) {
        scope.response().reset();
      } else {
        error(scope, 500, "internal error");
      }
    }
  }

  private static void send(RequestScope scope, int status, Buffer body) {
    HttpServerRequest request = scope.request();
    HttpServerResponse response = scope.response();
    if (response.ended() || response.closed()) {
      return;
    }
    scope.outcome(status);
    response.setStatusCode(status);
    if (status != 204 && status != 304) {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
    }
    if (request.isEnded() || !Bodies.hasBody(request)) {
      response.end(body);
      if (!request.isEnded()) {
        request.resume();
      }
      return;
    }
    closeAfter(scope);
    response.end(body);
    drain(scope);
  }

  private static void drainStream(RequestScope scope) {
    HttpServerRequest request = scope.request();
    discard(request);
    scope
        .vertx()
        .timer(DRAIN_SECONDS, TimeUnit.SECONDS)
        .onSuccess(
            _ -> {
              if (!request.isEnded()) {
                scope.response().reset(0);
              }
            });
  }

  private static void drainConnection(RequestScope scope) {
    HttpServerRequest request = scope.request();
    request.endHandler(_ -> request.connection().close());
    discard(request);
    scope
        .vertx()
        .timer(DRAIN_SECONDS, TimeUnit.SECONDS)
        .onSuccess(_ -> request.connection().close());
  }

  private static void discard(HttpServerRequest request) {
    long[] left = {DRAIN_BYTES};
    request.exceptionHandler(_ -> {});
    request.handler(
        chunk -> {
          left[0] -= chunk.length();
          if (left[0] < 0) {
            request.pause();
          }
        });
    request.resume();
  }
}
