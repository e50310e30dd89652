package org.rekey.gateway.tls;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;

/// Has other certificates served once their files have changed: what a
/// [org.rekey.runtime.watch.Watch] does at each look.
public final class CertificateExchange {
  private final ServedCertificates certificates;
  private final Runnable exchange;
  private final InstantSource clock;
  private final AtomicBoolean isOwed = new AtomicBoolean();

  /// @param exchange has everybody serve what is to be served now; tried again if it throws
  public CertificateExchange(
      ServedCertificates certificates, Runnable exchange, InstantSource clock) {
    this.certificates = certificates;
    this.exchange = exchange;
    this.clock = clock;
  }

  public void look() {
    if (certificates.refresh(clock.instant())) {
      isOwed.set(true);
    }
    if (isOwed.get()) {
      exchange.run();
      isOwed.set(false);
    }
  }
}
