package org.rekey.gateway.proxy;

import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.route.Route;
import org.rekey.gateway.route.Upstream;

/// One request on its way to an upstream and back.
final class Exchange {
  /// What is waited for.
  enum Phase {
    /// A connection to the upstream.
    CONNECTING,
    /// The body of the request.
    SENDING,
    /// The head of the answer, all of the request being sent.
    WAITING,
    /// The body of the answer.
    ANSWERING,
    /// Either end of a web socket.
    TUNNEL,
    /// Nothing any more.
    OVER
  }

  final RequestScope scope;
  final Route route;
  final String target;
  private Phase phase = Phase.CONNECTING;
  private long steps;
  @Nullable Upstream upstream;
  @Nullable HttpClientRequest onward;
  int tries;
  long tunnelled;
  boolean isTunnel;

  /// Runs once nothing is waited for any more.
  Runnable whenOver = () -> {};

  /// Owned by [Exchanges].
  long movedAt;

  long moved;
  @Nullable Exchange previous;
  @Nullable Exchange next;

  Exchange(RequestScope scope, Route route, String target) {
    this.scope = scope;
    this.route = route;
    this.target = target;
  }

  HttpServerRequest request() {
    return scope.request();
  }

  Phase phase() {
    return phase;
  }

  void enter(Phase entered) {
    phase = entered;
    steps++;
    if (entered == Phase.OVER) {
      whenOver.run();
    }
  }

  boolean isOver() {
    return phase == Phase.OVER;
  }

  /// Changes when anything moves.
  long progress() {
    return steps + request().bytesRead() + scope.response().bytesWritten() + tunnelled;
  }
}
