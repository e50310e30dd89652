package org.rekey.gateway.http;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Whether an event loop has more to do than it gets done: it comes late to all that it should do
/// at a certain time, again and again. Once is nothing: that is a pause of the collector, or of the
/// machine.
///
/// Owned by its event loop.
final class Lateness {
  private static final Duration TICK = Duration.ofMillis(50);
  private static final int IN_A_ROW = 3;

  private final long limitNanos;
  private long expected;
  private int late;

  Lateness(Duration limit) {
    this.limitNanos = limit.toNanos();
  }

  /// From now on, for as long as the loop runs.
  void watch(EventExecutor loop) {
    expected = System.nanoTime() + TICK.toNanos();
    var _ =
        loop.scheduleWithFixedDelay(
            this::tick, TICK.toNanos(), TICK.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void tick() {
    long now = System.nanoTime();
    late = now - expected > limitNanos ? late + 1 : 0;
    expected = now + TICK.toNanos();
  }

  boolean isTooMuch() {
    return late >= IN_A_ROW;
  }
}
