package org.rekey.gateway.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// How many handshakes wait, how long they did, and how many were turned away.
final class HandshakeMetrics {
  private final AtomicInteger waiting = new AtomicInteger();
  private final Timer waits;
  private final Counter refused;

  HandshakeMetrics(MeterRegistry meters) {
    Gauge.builder("gateway.tls.handshakes.waiting", waiting, AtomicInteger::get)
        .description("New connections that wait for their turn to agree on TLS")
        .register(meters);
    this.waits =
        Timer.builder("gateway.tls.handshake.wait")
            .description("Time that new connections which had to wait waited for their turn")
            .register(meters);
    this.refused =
        Counter.builder("gateway.tls.handshakes.refused")
            .description("New connections that were closed because too many waited")
            .register(meters);
  }

  void waits() {
    waiting.incrementAndGet();
  }

  void waitsNoMore() {
    waiting.decrementAndGet();
  }

  void waited(long nanos) {
    waits.record(nanos, TimeUnit.NANOSECONDS);
  }

  void refused() {
    refused.increment();
  }
}
