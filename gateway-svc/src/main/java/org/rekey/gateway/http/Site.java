package org.rekey.gateway.http;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import org.rekey.gateway.route.RequestPath;

/// What is served on a port, for one event loop.
public interface Site {
  /// Answers, now or later, on the event loop. The request is paused.
  void serve(RequestScope scope, RequestPath path);

  /// After the last request was answered.
  void close();

  /// Makes one for each event loop of a port.
  interface Factory {
    Site open(Vertx vertx, Context loop);
  }
}
