package org.rekey.gateway.http;

import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/// Who is at the other end of a connection, and since when the head of a request is on its way.
/// Owned by the connection's event loop.
final class Visitor {
  private final String network;
  private @Nullable HttpServerRequest running;
  private boolean isHeadAwaited = true;
  private boolean isRefused;
  private boolean hasLeft;
  private long headSince = System.nanoTime();

  /// @param network what counts as one client; empty: not limited
  Visitor(String network) {
    this.network = network;
  }

  String network() {
    return network;
  }

  /// The connection can be used: from now on the head of a request is awaited.
  void connected() {
    headSince = System.nanoTime();
  }

  /// False if it had left before.
  boolean leaves() {
    boolean isFirst = !hasLeft;
    hasLeft = true;
    return isFirst;
  }

  /// Nothing more is read of a connection on which something came that can be read in two ways.
  void refuse() {
    isRefused = true;
  }

  boolean isRefused() {
    return isRefused;
  }

  /// A request's head is complete. Its body may follow.
  void headCame(HttpServerRequest request) {
    running = request;
    isHeadAwaited = false;
  }

  /// Bytes have come. Those after the end of a request begin the next one.
  void bytesCame() {
    if (!isHeadAwaited && !isRunning()) {
      isHeadAwaited = true;
      headSince = System.nanoTime();
    }
  }

  boolean isLate(long now, long limitNanos) {
    return isHeadAwaited && now - headSince > limitNanos;
  }

  /// Lets go of a request that has come to its end: there may be many idle connections.
  boolean isRunning() {
    if (running != null && running.isEnded()) {
      running = null;
    }
    return running != null;
  }
}
