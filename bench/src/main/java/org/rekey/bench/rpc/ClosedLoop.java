package org.rekey.bench.rpc;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// A fixed number of calls is always under way: every answer starts the next one.
final class ClosedLoop {
  private final Work work;
  private final long end;
  private final CountDownLatch running;
  private long[] nanos = new long[1 << 16];
  private int count;
  private @Nullable Throwable failure;

  private ClosedLoop(Work work, int atOnce, Duration duration) {
    this.work = work;
    this.end = System.nanoTime() + duration.toNanos();
    this.running = new CountDownLatch(atOnce);
  }

  /// @param atOnce starts under way at once
  static Measured run(Work work, int atOnce, Duration duration) {
    long started = System.nanoTime();
    ClosedLoop loop = new ClosedLoop(work, atOnce, duration);
    for (int i = 0; i < atOnce; i++) {
      loop.next();
    }
    try {
      loop.running.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while measuring", e);
    }
    return loop.measured(System.nanoTime() - started);
  }

  private void next() {
    long started = System.nanoTime();
    work.start(failed -> done(started, failed));
  }

  private void done(long started, @Nullable Throwable failed) {
    long now = System.nanoTime();
    boolean goesOn;
    synchronized (this) {
      if (failed != null && failure == null) {
        failure = failed;
      }
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * count);
      }
      nanos[count++] = now - started;
      goesOn = failure == null && now - end < 0;
    }
    if (goesOn) {
      next();
    } else {
      running.countDown();
    }
  }

  private synchronized Measured measured(long took) {
    if (failure != null) {
      throw new IllegalStateException("a call failed", failure);
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return new Measured(
        (long) count * work.size(),
        Duration.ofNanos(took),
        sorted[count / 2] / 1e6,
        sorted[(int) (count * 0.99)] / 1e6);
  }

  /// @param calls or verdicts
  record Measured(long calls, Duration took, double p50Millis, double p99Millis) {
    double perSecond() {
      return calls * 1e9 / took.toNanos();
    }
  }
}
