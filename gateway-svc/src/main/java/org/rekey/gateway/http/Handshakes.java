package org.rekey.gateway.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.EventExecutor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The handshakes of all ports: they share the event loops, so they share the queues.
final class Handshakes {
  private final int mostWaiting;
  private final HandshakeMetrics metrics;
  private final Map<EventExecutor, HandshakeQueue> queues = new ConcurrentHashMap<>();

  /// @param mostWaiting on each event loop
  Handshakes(int mostWaiting, MeterRegistry meters) {
    this.mostWaiting = mostWaiting;
    this.metrics = new HandshakeMetrics(meters);
  }

  HandshakeMetrics metrics() {
    return metrics;
  }

  HandshakeQueue of(EventExecutor loop) {
    return queues.computeIfAbsent(loop, of -> new HandshakeQueue(of, mostWaiting, metrics));
  }

  /// For the pipeline of a new connection.
  HandshakeTurn turn(String network) {
    return new HandshakeTurn(network, this);
  }
}
