package org.rekey.gateway.tls;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at the files every two seconds. By their content, because links, mounts and copies change
/// in ways that times and notifications do not tell.
public final class CertificateWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);
  private static final Duration PERIOD = Duration.ofSeconds(2);

  private final ServedCertificates certificates;
  private final Runnable exchange;
  private final Runnable told;
  private final InstantSource clock;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("certificates").factory());
  private boolean isOwed;

  /// @param exchange has everybody serve what is to be served now; tried again if it throws
  /// @param told after each look
  public CertificateWatch(
      ServedCertificates certificates, Runnable exchange, Runnable told, InstantSource clock) {
    this.certificates = certificates;
    this.exchange = exchange;
    this.told = told;
    this.clock = clock;
  }

  public void start() {
    var _ =
        timer.scheduleWithFixedDelay(
            this::look, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      isOwed |= certificates.refresh(clock.instant());
      if (isOwed) {
        exchange.run();
        isOwed = false;
      }
      told.run();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("certificates could not be exchanged; it is tried again");
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
