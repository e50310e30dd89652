package org.rekey.bench.load;

import io.grpc.Status;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Calls start at fixed times whether or not earlier ones are answered, as those of many clients
/// do. A call's time runs from when it should have started: a server that stalls cannot make its
/// own calls fewer or later (coordinated omission).
public final class OpenLoop {
  /// A server that stands still must not cost the client its memory; calls that wait for their
  /// turn grow older meanwhile.
  private static final int MAX_OUTSTANDING = 10_000;

  private static final Duration LAST_ANSWER = Duration.ofSeconds(60);
  private static final long FAILED = -1;

  private final Work work;
  private final long[] nanos;
  private final Semaphore free;
  private final Map<Status.Code, AtomicLong> failed = new ConcurrentHashMap<>();
  private volatile @Nullable Throwable failure;

  private OpenLoop(Work work, int calls, int outstanding) {
    this.work = work;
    this.nanos = new long[calls];
    this.free = new Semaphore(outstanding);
  }

  /// @param work one call for each start
  public static Measured run(Work work, double perSecond, Duration duration) {
    return run(work, perSecond, duration, MAX_OUTSTANDING);
  }

  /// @param outstanding how many calls may be under way; those beyond wait, and grow older
  public static Measured run(Work work, double perSecond, Duration duration, int outstanding) {
    int calls = (int) Math.round(perSecond * duration.toNanos() / 1e9);
    OpenLoop loop = new OpenLoop(work, calls, outstanding);
    long started = System.nanoTime();
    try {
      for (int call = 0; call < calls; call++) {
        loop.start(call, started + (long) (call / perSecond * 1e9));
      }
      if (!loop.free.tryAcquire(outstanding, LAST_ANSWER.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "calls without an answer after %d s".formatted(LAST_ANSWER.toSeconds()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while measuring", e);
    }
    return loop.measured(Duration.ofNanos(System.nanoTime() - started));
  }

  private void start(int call, long at) throws InterruptedException {
    for (long early = at - System.nanoTime(); early > 0; early = at - System.nanoTime()) {
      LockSupport.parkNanos(early);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    free.acquire();
    work.start(thrown -> done(call, at, thrown));
  }

  private void done(int call, long at, @Nullable Throwable thrown) {
    if (thrown == null) {
      nanos[call] = System.nanoTime() - at;
    } else {
      nanos[call] = FAILED;
      failure = thrown;
      failed
          .computeIfAbsent(Status.fromThrowable(thrown).getCode(), _ -> new AtomicLong())
          .incrementAndGet();
    }
    free.release();
  }

  private Measured measured(Duration took) {
    Map<Status.Code, Long> counts = new ConcurrentHashMap<>();
    failed.forEach((code, count) -> counts.put(code, count.get()));
    long[] answered = Arrays.stream(nanos).filter(taken -> taken != FAILED).toArray();
    return new Measured(nanos.length, took, Latencies.of(answered), counts, failure);
  }

  /// @param took until the last answer
  /// @param latencies of the calls that got the answer that was hoped for
  /// @param failure the last one
  public record Measured(
      long calls,
      Duration took,
      Latencies latencies,
      Map<Status.Code, Long> failed,
      @Nullable Throwable failure) {

    /// For work that cannot fail unless the measurement is worth nothing.
    public Measured withoutFailures() {
      if (failure != null) {
        throw new IllegalStateException("calls failed: " + failed, failure);
      }
      return this;
    }

    public long failed(Status.Code code) {
      return failed.getOrDefault(code, 0L);
    }
  }
}
