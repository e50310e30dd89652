package org.rekey.runtime.tls;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import org.rekey.runtime.watch.Watch;

/// Looks at a service's own certificate for as long as the service runs, and shows how it is with
/// it.
public final class CredentialsWatch implements AutoCloseable {
  private final Watch watch;

  public CredentialsWatch(
      ServiceCredentials credentials, MeterRegistry meters, InstantSource clock) {
    watch = new Watch("service certificate", credentials::look);
    Gauge.builder(
            "service.certificate.expires",
            credentials,
            now -> Duration.between(clock.instant(), now.expires()).toSeconds())
        .description("Until the certificate that this service shows other services expires")
        .baseUnit("seconds")
        .register(meters);
    Gauge.builder("service.certificate.refused", credentials, now -> now.refused().size())
        .description("New files for it that cannot be used; the ones before go on")
        .register(meters);
  }

  public void start() {
    watch.start();
  }

  @Override
  public void close() {
    watch.close();
  }
}
