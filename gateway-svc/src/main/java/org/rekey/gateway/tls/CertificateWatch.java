package org.rekey.gateway.tls;

import java.time.InstantSource;
import org.rekey.gateway.watch.Watch;

/// Has other certificates served soon after their files have changed.
public final class CertificateWatch implements AutoCloseable {
  private final ServedCertificates certificates;
  private final Runnable exchange;
  private final Runnable told;
  private final InstantSource clock;
  private final Watch watch = new Watch("certificates", this::look);
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
    watch.start();
  }

  private void look() {
    isOwed |= certificates.refresh(clock.instant());
    if (isOwed) {
      exchange.run();
      isOwed = false;
    }
    told.run();
  }

  @Override
  public void close() {
    watch.close();
  }
}
