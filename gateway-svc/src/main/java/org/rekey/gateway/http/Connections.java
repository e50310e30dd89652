package org.rekey.gateway.http;

import io.vertx.core.http.HttpConnection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import javax.net.ssl.SSLSession;
import org.rekey.gateway.tls.ServedCertificate;

/// The open connections of a port, each with the certificate that its client was shown. When
/// another one is served, those who were shown the one before are told to come again.
public final class Connections {
  private static final long DRAIN_HOURS = 1;

  /// A device that stays connected for days is still there.
  private static final long COUNT_AGAIN_NANOS = TimeUnit.HOURS.toNanos(1);

  private final Map<HttpConnection, Shown> open = new ConcurrentHashMap<>();
  private final DeviceSightings devices;
  private volatile Set<String> served = Set.of();
  private volatile boolean isExchanged;
  private volatile boolean isLeaving;

  /// What a client was shown, and the device that was last let in there. The event loop of the
  /// connection alone writes to it.
  private static final class Shown {
    private final String fingerprint;
    private String device = "";
    private long countedNanos;

    /// Whether its client was told to come again, by a `GOAWAY`.
    private final AtomicBoolean isTold = new AtomicBoolean();

    Shown(String fingerprint) {
      this.fingerprint = fingerprint;
    }
  }

  Connections(DeviceSightings devices) {
    this.devices = devices;
  }

  /// A device's token was found good on a connection. That a client was shown a certificate says
  /// nothing: one that refuses it takes part in the handshake and goes.
  void letIn(HttpConnection connection, String device) {
    Shown shown = open.get(connection);
    if (shown == null) {
      return;
    }
    long now = System.nanoTime();
    if (!shown.device.equals(device) || now - shown.countedNanos > COUNT_AGAIN_NANOS) {
      shown.device = device;
      shown.countedNanos = now;
      devices.seen(device, shown.fingerprint);
    }
  }

  /// How many devices were shown each certificate.
  public DeviceSightings.Counts devices() {
    return devices.counts();
  }

  /// How many are open.
  public int count() {
    return open.size();
  }

  void opened(HttpConnection connection) {
    SSLSession session = connection.sslSession();
    if (session == null || session.getLocalCertificates() == null) {
      return;
    }
    open.put(
        connection, new Shown(ServedCertificate.fingerprint(session.getLocalCertificates()[0])));
  }

  void closed(HttpConnection connection) {
    open.remove(connection);
  }

  /// @param fingerprints of all that are served from now on
  void serve(Set<String> fingerprints) {
    isExchanged |= !served.isEmpty();
    served = Set.copyOf(fingerprints);
    open.keySet().stream().filter(this::isOld).forEach(this::goAway);
  }

  /// Tells all clients to come again: this port is about to close.
  void leave() {
    isLeaving = true;
    open.keySet().forEach(this::goAway);
  }

  /// Whether a client was shown a certificate that is served no more, or talks to a port that
  /// closes.
  boolean isOld(HttpConnection connection) {
    if (isLeaving || !isExchanged) {
      return isLeaving;
    }
    Shown shown = open.get(connection);
    return shown != null && !served.contains(shown.fingerprint);
  }

  /// HTTP/2: no new streams, and those that run end in peace. HTTP/1.1 has no word for it but the
  /// header of the next answer.
  void goAway(HttpConnection connection) {
    Shown shown = open.get(connection);
    if (shown != null && isHttp2(connection) && shown.isTold.compareAndSet(false, true)) {
      var _ = connection.shutdown(DRAIN_HOURS, TimeUnit.HOURS);
    }
  }

  /// Ends connections, whatever is under way on them.
  public void closeIf(Predicate<SSLSession> isUnwanted) {
    open.keySet().stream()
        .filter(connection -> isUnwanted.test(connection.sslSession()))
        .forEach(HttpConnection::close);
  }

  static boolean isHttp2(HttpConnection connection) {
    try {
      var _ = connection.settings();
      return true;
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  /// How many connections were shown each certificate, by its fingerprint.
  public Map<String, Long> byCertificate() {
    Map<String, Long> counts = new TreeMap<>();
    open.values().forEach(shown -> counts.merge(shown.fingerprint, 1L, Long::sum));
    return counts;
  }
}
