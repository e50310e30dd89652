package org.rekey.gateway;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.rekey.gateway.http.Connections;
import org.rekey.gateway.tls.ServedCertificate;
import org.rekey.gateway.tls.ServedCertificates;

/// What clients are shown, until when, and how many of those who are connected have been shown it:
/// as metrics and as `/certificates` of the management port.
final class CertificateStatus {
  private static final int SHORT = 16;

  private final ServedCertificates certificates;
  private final Connections connections;
  private final InstantSource clock;
  private final MultiGauge expiry;
  private final MultiGauge shown;

  CertificateStatus(
      ServedCertificates certificates,
      Connections connections,
      MeterRegistry meters,
      InstantSource clock) {
    this.certificates = certificates;
    this.connections = connections;
    this.clock = clock;
    this.expiry =
        MultiGauge.builder("gateway.certificate.expires")
            .description("Until a certificate that is served expires")
            .baseUnit("seconds")
            .register(meters);
    this.shown =
        MultiGauge.builder("gateway.certificate.connections")
            .description("Open connections whose clients were shown a certificate")
            .register(meters);
    Gauge.builder("gateway.certificates.refused", certificates, all -> all.refused().size())
        .description("Certificates that cannot be served")
        .register(meters);
    update();
  }

  void update() {
    expiry.register(
        certificates.served().stream()
            .map(
                served ->
                    MultiGauge.Row.of(
                        Tags.of(
                            "file",
                            served.file().toString(),
                            "fingerprint",
                            served.fingerprint().substring(0, SHORT)),
                        () ->
                            Duration.between(clock.instant(), served.notAfter()).toMillis() / 1e3))
            .toList(),
        true);
    Map<String, Long> counts = connections.byCertificate();
    shown.register(
        counts.entrySet().stream()
            .map(
                count ->
                    MultiGauge.Row.of(
                        Tags.of("fingerprint", count.getKey().substring(0, SHORT)),
                        count.getValue()))
            .toList(),
        true);
  }

  String json() {
    Map<String, Long> counts = connections.byCertificate();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    var array = json.putArray("certificates");
    for (ServedCertificate served : certificates.served()) {
      Long count = counts.remove(served.fingerprint());
      var node = array.addObject();
      node.put("file", served.file().toString());
      served.names().forEach(node.putArray("names")::add);
      node.put("fingerprint", served.fingerprint());
      node.put("issuer", served.issuer());
      node.put("serial", served.serial());
      node.put("not_before", served.notBefore().toString());
      node.put("not_after", served.notAfter().toString());
      node.put("chain", served.chain());
      node.put("connections", count == null ? 0 : count);
    }
    // Clients that were shown a certificate which is served no more, and have not come again yet.
    var old = json.putArray("replaced");
    counts.forEach(
        (fingerprint, count) ->
            old.addObject().put("fingerprint", fingerprint).put("connections", count));
    certificates.refused().forEach(json.putArray("refused")::add);
    return json.toPrettyString() + "\n";
  }
}
