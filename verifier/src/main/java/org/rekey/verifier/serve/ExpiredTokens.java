package org.rekey.verifier.serve;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes expired tokens out of an issuer's registry, some rows at a time, so that nobody who wants
/// a token waits long for a lock. Verdicts do not depend on it: an expired token is refused by its
/// own `exp`.
public final class ExpiredTokens implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ExpiredTokens.class);
  private static final Duration PERIOD = Duration.ofMinutes(1);
  private static final int BATCH = 1000;

  private final Removal removal;
  private final InstantSource clock;
  private final Counter removed;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("expired-tokens").factory());

  public ExpiredTokens(Removal removal, InstantSource clock, MeterRegistry meters) {
    this.removal = removal;
    this.clock = clock;
    this.removed =
        Counter.builder("rekey.registry.expired")
            .description("Expired tokens taken out of the registry")
            .register(meters);
  }

  public void start() {
    var _ =
        timer.scheduleWithFixedDelay(
            this::removeOrWarn, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void remove() {
    int count;
    do {
      count = removal.removeExpired(clock.instant(), BATCH);
      removed.increment(count);
    } while (count == BATCH);
  }

  private void removeOrWarn() {
    try {
      remove();
    } catch (RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("error", e.toString())
          .log("expired tokens were not taken out of the registry");
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /// Deletes what expired before an instant.
  @FunctionalInterface
  public interface Removal {
    /// @return how many; less than the batch when no more are left
    int removeExpired(Instant before, int batch);
  }
}
