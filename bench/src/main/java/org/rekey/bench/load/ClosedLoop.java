package org.rekey.bench.load;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A fixed number of calls is always under way: every answer starts the next one.
public final class ClosedLoop {
  private final Work work;
  private final BooleanSupplier more;
  private final CountDownLatch running;
  private long[] nanos = new long[1 << 16];
  private int count;
  private @Nullable Throwable failure;

  private ClosedLoop(Work work, int atOnce, BooleanSupplier more) {
    this.work = work;
    this.more = more;
    this.running = new CountDownLatch(atOnce);
  }

  /// @param atOnce starts under way at once
  public static Measured run(Work work, int atOnce, Duration duration) {
    long end = System.nanoTime() + duration.toNanos();
    return run(work, atOnce, () -> System.nanoTime() - end < 0);
  }

  /// @param starts of the work, no fewer than are under way at once
  public static Measured run(Work work, int atOnce, long starts) {
    AtomicLong left = new AtomicLong(starts - atOnce);
    return run(work, atOnce, () -> left.getAndDecrement() > 0);
  }

  /// @param more asked before every start but the first ones
  public static Measured run(Work work, int atOnce, BooleanSupplier more) {
    long started = System.nanoTime();
    ClosedLoop loop = new ClosedLoop(work, atOnce, more);
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
      goesOn = failure == null && more.getAsBoolean();
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
    return new Measured(
        (long) count * work.size(),
        Duration.ofNanos(took),
        Latencies.of(Arrays.copyOf(nanos, count)));
  }

  /// @param calls or verdicts
  public record Measured(long calls, Duration took, Latencies latencies) {
    public double perSecond() {
      return calls * 1e9 / took.toNanos();
    }
  }
}
