package org.rekey.gateway;

import io.grpc.InsecureServerCredentials;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.util.function.Supplier;
import org.rekey.gateway.http.Listener;
import org.rekey.gateway.http.RequestIds;
import org.rekey.gateway.mtls.DeviceGate;
import org.rekey.gateway.route.RequestPath;
import org.rekey.gateway.tls.ServedCertificates;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.tls.ServiceCredentials;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens the ports.
record Ports(Vertx vertx, GatewaySettings settings, Sites sites, Supplier<String> requestIds) {
  private static final Logger LOG = LoggerFactory.getLogger(Ports.class);

  Listener https(ServedCertificates certificates, int eventLoops) {
    Listener listener =
        new Listener(
            vertx,
            new Listener.Parts(
                "GATEWAY_LISTEN="
                    + settings.listen()
                    + " with GATEWAY_CERTIFICATE="
                    + settings.certificate(),
                new PortOptions(settings).https(certificates.options()),
                eventLoops,
                RequestPath::of,
                sites::open,
                requestIds,
                sites.proxy().limits(),
                settings.requestHeadTimeout(),
                sites.metrics()));
    listener.show(certificates.options(), certificates.fingerprints());
    LOG.atInfo()
        .addKeyValue("port", listener.port())
        .addKeyValue("tlsEngine", settings.tlsEngine())
        .addKeyValue("eventLoops", eventLoops)
        .log("serving HTTPS");
    return listener;
  }

  /// HTTPS for devices that show a certificate.
  Listener devices(
      HostPort listen, ServedCertificates certificates, DeviceGate gate, int eventLoops) {
    Listener listener =
        new Listener(
            vertx,
            new Listener.Parts(
                "GATEWAY_MTLS_LISTEN=" + listen,
                new PortOptions(settings)
                    .devices(listen, certificates.options(), gate.trustOptions()),
                eventLoops,
                RequestPath::of,
                (on, loop) -> sites.openDevices(gate, on, loop),
                requestIds,
                sites.proxy().limits(),
                settings.requestHeadTimeout(),
                sites.metrics()));
    listener.show(certificates.options(), certificates.fingerprints());
    LOG.atInfo().addKeyValue("port", listener.port()).log("serving devices by mutual TLS");
    return listener;
  }

  /// Verdicts for other proxies, over HTTP.
  Listener verify(HostPort listen, ServedCertificates certificates, int eventLoops) {
    Listener listener =
        new Listener(
            vertx,
            new Listener.Parts(
                "GATEWAY_VERIFY_LISTEN=" + listen,
                new PortOptions(settings).verify(listen, certificates.options()),
                eventLoops,
                RequestPath::of,
                sites::openVerify,
                requestIds,
                sites.metrics()));
    listener.show(certificates.options(), certificates.fingerprints());
    told("serving verdicts over HTTP", listener.port());
    return listener;
  }

  /// Verdicts for Envoy, over gRPC.
  ExtAuthzPort extAuthz(HostPort listen, ServiceCredentials credentials, MeterRegistry meters) {
    ExtAuthzPort port =
        new ExtAuthzPort(
            vertx,
            new ExtAuthzPort.Parts(
                listen,
                switch (settings.verifyAccess()) {
                  case MUTUAL_TLS -> credentials.forServer();
                  case ANYONE_OVER_TLS -> credentials.forServerOfAnyone();
                  case ANYONE_WHO_REACHES_THE_PORT -> InsecureServerCredentials.create();
                },
                sites.verifyCallers(),
                sites::guards,
                new RequestIds(requestIds),
                meters));
    told("serving verdicts over gRPC", port.port());
    return port;
  }

  private void told(String what, int port) {
    switch (settings.verifyAccess()) {
      case MUTUAL_TLS ->
          LOG.atInfo()
              .addKeyValue("port", port)
              .addKeyValue("callers", settings.verifyCallers())
              .log(what);
      case ANYONE_OVER_TLS -> LOG.atInfo().addKeyValue("port", port).log(what + " to anyone");
      case ANYONE_WHO_REACHES_THE_PORT ->
          LOG.atWarn()
              .addKeyValue("port", port)
              .log(what + " without TLS to anyone who reaches the port");
    }
  }

  Listener internal(HostPort listen, ServedCertificates certificates) {
    Listener listener =
        new Listener(
            vertx,
            new Listener.Parts(
                "GATEWAY_INTERNAL_LISTEN=" + listen,
                new PortOptions(settings).internal(listen, certificates.options()),
                1,
                RequestPath::withEmptySegments,
                sites::openInternal,
                requestIds,
                sites.metrics()));
    listener.show(certificates.options(), certificates.fingerprints());
    switch (settings.internalAccess()) {
      case MUTUAL_TLS ->
          LOG.atInfo()
              .addKeyValue("port", listener.port())
              .addKeyValue("callers", settings.internalCallers())
              .log("serving the internal API");
      case ANYONE_WHO_REACHES_THE_PORT ->
          LOG.atWarn()
              .addKeyValue("port", listener.port())
              .log("serving the internal API without TLS to anyone who reaches the port");
    }
    return listener;
  }
}
