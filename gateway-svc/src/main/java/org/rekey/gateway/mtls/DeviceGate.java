package org.rekey.gateway.mtls;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.net.TrustOptions;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets devices in by their certificates, and keeps those out that have become bad: asked at the
/// handshake, for every request, and now and then for connections on which nothing is requested.
public final class DeviceGate {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceGate.class);
  private static final int LINES_PER_SECOND = 5;

  private final DeviceTrustFiles files;
  private final InstantSource clock;
  private final Map<Judgement.Cause, Counter> refused = new EnumMap<>(Judgement.Cause.class);
  private final AtomicLong line = new AtomicLong();

  public DeviceGate(DeviceTrustFiles files, InstantSource clock, MeterRegistry meters) {
    this.files = files;
    this.clock = clock;
    for (Judgement.Cause cause : Judgement.Cause.values()) {
      refused.put(
          cause,
          Counter.builder("gateway.mtls.refused")
              .description("Certificates of devices that were refused")
              .tag("cause", cause.name())
              .register(meters));
    }
    Gauge.builder("gateway.mtls.notes", this, gate -> gate.notes().size())
        .description("Files about certificates of devices that a person should look into")
        .register(meters);
  }

  /// The one who holds the other end of a connection.
  public Judgement judge(@Nullable SSLSession session) {
    Certificate[] shown = shown(session);
    return told(files.trust().judge(shown, clock.instant()), shown);
  }

  /// The same, and nobody is told of it.
  public Judgement look(@Nullable SSLSession session) {
    return files.trust().judge(shown(session), clock.instant());
  }

  Judgement judge(X509Certificate[] shown) {
    return told(files.trust().judge(shown, clock.instant()), shown);
  }

  private static Certificate[] shown(@Nullable SSLSession session) {
    try {
      return session == null ? new Certificate[0] : session.getPeerCertificates();
    } catch (SSLPeerUnverifiedException e) {
      return new Certificate[0];
    }
  }

  private Judgement told(Judgement judgement, Certificate... shown) {
    if (judgement instanceof Judgement.Refused(Judgement.Cause cause, String why)) {
      Objects.requireNonNull(refused.get(cause)).increment();
      log(why, shown.length > 0 && shown[0] instanceof X509Certificate leaf ? leaf : null);
    }
    return judgement;
  }

  /// A few a second: anybody can come with any certificate.
  private void log(String why, @Nullable X509Certificate leaf) {
    long first = clock.instant().getEpochSecond() * LINES_PER_SECOND;
    long end = first + LINES_PER_SECOND;
    long next = line.updateAndGet(last -> last < first ? first : Math.min(last + 1, end));
    if (next == end) {
      return;
    }
    LOG.atWarn()
        .addKeyValue("serial", leaf == null ? "" : leaf.getSerialNumber().toString(16))
        .addKeyValue("subject", leaf == null ? "" : leaf.getSubjectX500Principal().getName())
        .addKeyValue("error", why)
        .log("a device's certificate is refused");
  }

  /// For a listener.
  public TrustOptions trustOptions() {
    return TrustOptions.wrap(new DeviceTrustManager(this));
  }

  /// Looks at the files; true if other certificates may be good from now on.
  public boolean refresh(Instant now) {
    return files.refresh(now);
  }

  /// What a person should look into, a line each; empty when all is well.
  public List<String> notes() {
    return files.notes(clock.instant());
  }
}
