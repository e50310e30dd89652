package org.rekey.gateway;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.rekey.gateway.http.DeviceSightings;
import org.rekey.gateway.http.Listener;
import org.rekey.gateway.tls.ServedCertificate;
import org.rekey.gateway.tls.ServedCertificates;

/// What clients are shown at each port, until when, and how many of those who are connected, and of
/// the devices that were here lately, have been shown it: as metrics and as `/certificates` of the
/// management port.
final class CertificateStatus {
  private static final int SHORT = 16;

  private final ServedCertificates certificates;
  private final List<Port> ports;
  private final InstantSource clock;
  private final MultiGauge expiry;
  private final MultiGauge connections;
  private final MultiGauge devices;

  /// @param name what operators call it
  record Port(String name, Listener listener) {}

  /// @param ports at which the certificates are shown
  CertificateStatus(
      ServedCertificates certificates,
      List<Port> ports,
      MeterRegistry meters,
      InstantSource clock) {
    this.certificates = certificates;
    this.ports = ports;
    this.clock = clock;
    this.expiry =
        MultiGauge.builder("gateway.certificate.expires")
            .description("Until a certificate that is served expires")
            .baseUnit("seconds")
            .register(meters);
    this.connections =
        MultiGauge.builder("gateway.certificate.connections")
            .description("Open connections whose clients were shown a certificate")
            .register(meters);
    this.devices =
        MultiGauge.builder("gateway.certificate.devices")
            .description("Devices that were here lately and were last shown a certificate")
            .register(meters);
    Gauge.builder("gateway.certificates.refused", certificates, all -> all.refused().size())
        .description("Certificates that cannot be served")
        .register(meters);
    for (Port port : ports) {
      Gauge.builder("gateway.connections", port, of -> of.listener().connections().count())
          .description("Open TLS connections")
          .tag("port", port.name())
          .register(meters);
    }
    update();
  }

  void update() {
    expiry.register(
        certificates.served().stream()
            .map(
                served ->
                    Row.of(
                        Tags.of(
                            "file",
                            served.file().toString(),
                            "fingerprint",
                            served.fingerprint().substring(0, SHORT)),
                        () ->
                            Duration.between(clock.instant(), served.notAfter()).toMillis() / 1e3))
            .toList(),
        true);
    connections.register(rows(port -> port.listener().connections().byCertificate()), true);
    devices.register(rows(port -> port.listener().connections().devices().byCertificate()), true);
  }

  private List<Row<?>> rows(Function<Port, Map<String, Long>> counts) {
    List<Row<?>> rows = new ArrayList<>();
    for (Port port : ports) {
      counts.apply(port).entrySet().forEach(count -> rows.add(row(port, count)));
    }
    return rows;
  }

  private static Row<?> row(Port port, Map.Entry<String, Long> count) {
    return Row.of(
        Tags.of("port", port.name(), "fingerprint", count.getKey().substring(0, SHORT)),
        count.getValue());
  }

  String json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    var array = json.putArray("listeners");
    ports.forEach(port -> write(port, array.addObject()));
    certificates.refused().forEach(json.putArray("refused")::add);
    return json.toPrettyString() + "\n";
  }

  private void write(Port port, ObjectNode json) {
    Map<String, Long> connected = port.listener().connections().byCertificate();
    DeviceSightings.Counts seen = port.listener().connections().devices();
    json.put("name", port.name());
    json.put("port", port.listener().port());
    var array = json.putArray("certificates");
    long ready = 0;
    var old = new TreeSet<String>();
    Stream.of(connected, seen.byCertificate()).forEach(counts -> old.addAll(counts.keySet()));
    for (ServedCertificate served : certificates.served()) {
      String fingerprint = served.fingerprint();
      old.remove(fingerprint);
      ready += seen.byCertificate().getOrDefault(fingerprint, 0L);
      var node = array.addObject();
      node.put("file", served.file().toString());
      served.names().forEach(node.putArray("names")::add);
      node.put("issuer", served.issuer());
      node.put("serial", served.serial());
      node.put("not_before", served.notBefore().toString());
      node.put("not_after", served.notAfter().toString());
      node.put("chain", served.chain());
      counts(fingerprint, connected, seen, node);
    }
    // Served no more, and their clients have not come again yet.
    var replaced = json.putArray("replaced");
    old.forEach(fingerprint -> counts(fingerprint, connected, seen, replaced.addObject()));
    json.putObject("devices")
        .put("seen", seen.devices())
        .put("shown_what_is_served", ready)
        .put("within_seconds", seen.within().toSeconds())
        .put("since", seen.since().toString())
        .put("not_remembered", seen.notRemembered());
  }

  private static void counts(
      String fingerprint,
      Map<String, Long> connected,
      DeviceSightings.Counts seen,
      ObjectNode node) {
    node.put("fingerprint", fingerprint);
    node.put("connections", connected.getOrDefault(fingerprint, 0L));
    node.put("devices", seen.byCertificate().getOrDefault(fingerprint, 0L));
  }
}
