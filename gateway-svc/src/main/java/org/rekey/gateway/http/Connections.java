package org.rekey.gateway.http;

import io.vertx.core.http.HttpConnection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.rekey.gateway.tls.ServedCertificate;

/// The open connections of a port, each with the certificate that its client was shown. When
/// another one is served, those who were shown the one before are told to come again.
public final class Connections {
  private static final long DRAIN_HOURS = 1;

  private final Map<HttpConnection, String> open = new ConcurrentHashMap<>();
  private volatile Set<String> served = Set.of();
  private volatile boolean isExchanged;

  void opened(HttpConnection connection) {
    SSLSession session = connection.sslSession();
    if (session == null || session.getLocalCertificates() == null) {
      return;
    }
    open.put(connection, ServedCertificate.fingerprint(session.getLocalCertificates()[0]));
    connection.closeHandler(_ -> open.remove(connection));
  }

  /// @param fingerprints of all that are served from now on
  void serve(Set<String> fingerprints) {
    isExchanged |= !served.isEmpty();
    served = Set.copyOf(fingerprints);
    open.keySet().stream().filter(this::isOld).forEach(Connections::goAway);
  }

  /// Whether a client was shown a certificate that is served no more.
  boolean isOld(HttpConnection connection) {
    if (!isExchanged) {
      return false;
    }
    String shown = open.get(connection);
    return shown != null && !served.contains(shown);
  }

  /// HTTP/2: no new streams, and those that run end in peace. HTTP/1.1 has no word for it but the
  /// header of the next answer.
  private static void goAway(HttpConnection connection) {
    try {
      var _ = connection.settings();
    } catch (UnsupportedOperationException e) {
      return;
    }
    var _ = connection.shutdown(DRAIN_HOURS, TimeUnit.HOURS);
  }

  /// How many connections were shown each certificate, by its fingerprint.
  public Map<String, Long> byCertificate() {
    Map<String, Long> counts = new TreeMap<>();
    open.values().forEach(fingerprint -> counts.merge(fingerprint, 1L, Long::sum));
    return counts;
  }
}
