package org.rekey.gateway.proxy;

import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;

/// How exchanges end that do not come to the end of an answer: the upstream is left alone, and the
/// client is told what can still be told.
final class Endings {
  /// RFC 9113 section 7. Over HTTP/1.1 any reset closes the connection.
  static final long CANCEL = 8;

  private final Exchanges exchanges;
  private final Failures failures = new Failures();

  Endings(Exchanges exchanges) {
    this.exchanges = exchanges;
  }

  void fail(Exchange exchange, Failure failure, @Nullable Throwable thrown) {
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

  /// What the client sends is not taken.
  void refuse(Exchange exchange, String why) {
    exchanges.remove(exchange);
    cancel(exchange.onward);
    Answers.error(exchange.scope, 422, why);
  }

  /// The client has gone.
  void abandon(Exchange exchange) {
    if (exchange.isOver()) {
      return;
    }
    exchanges.remove(exchange);
    cancel(exchange.onward);
  }

  /// In the midst of the answer: the client must see that it is not whole.
  void breakOff(Exchange exchange, Throwable thrown) {
    if (exchange.isOver()) {
      return;
    }
    exchanges.remove(exchange);
    HttpServerResponse response = exchange.scope.response();
    if (!response.ended()) {
      response.reset(thrown instanceof StreamResetException reset ? reset.getCode() : CANCEL);
    }
  }

  static void cancel(@Nullable HttpClientRequest onward) {
    if (onward != null) {
      onward.reset(CANCEL);
    }
  }
}
