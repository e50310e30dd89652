package org.rekey.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import org.rekey.gateway.GatewaySettings.MutualTlsSettings;
import org.rekey.gateway.http.Listener;
import org.rekey.gateway.mtls.DeviceGate;
import org.rekey.gateway.mtls.DeviceTrustFiles;
import org.rekey.gateway.mtls.IdentityRule;
import org.rekey.gateway.mtls.Judgement;
import org.rekey.gateway.tls.ServedCertificates;
import org.rekey.runtime.watch.Watch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The mutual TLS port, and its files while it runs.
final class DevicePort implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DevicePort.class);

  private final DeviceGate gate;
  private final Listener listener;
  private final InstantSource clock;
  private final Watch watch;
  private final Sweeps sweeps = new Sweeps();

  private DevicePort(DeviceGate gate, Listener listener, InstantSource clock) {
    this.gate = gate;
    this.listener = listener;
    this.clock = clock;
    this.watch = new Watch("device certificates", this::look);
  }

  /// @throws org.rekey.runtime.config.SettingsException when a file or the port cannot be used
  static DevicePort open(
      Ports ports,
      MutualTlsSettings settings,
      ServedCertificates certificates,
      int eventLoops,
      MeterRegistry meters,
      InstantSource clock) {
    DeviceTrustFiles files =
        new DeviceTrustFiles(
            new DeviceTrustFiles.Sources(settings.ca(), settings.crl(), settings.blockedSerials()),
            settings.identityRule());
    DeviceGate gate = new DeviceGate(files, clock, meters);
    Listener listener = ports.devices(settings.listen(), certificates, gate, eventLoops);
    if (settings.identityRule().equals(IdentityRule.NONE)) {
      LOG.atWarn()
          .addKeyValue("setting", "GATEWAY_MTLS_IDENTITY_RULE")
          .log("any certificate speaks for any identity: a device can take the place of another");
    }
    DevicePort port = new DevicePort(gate, listener, clock);
    port.watch.start();
    return port;
  }

  /// Connections that have become web sockets have no next request at which they could be refused.
  private void look() {
    boolean changed = true; // also if half of it was taken over
    try {
      changed = gate.refresh(clock.instant());
    } finally {
      if (sweeps.isDue(changed)) {
        listener.connections().closeIf(session -> gate.look(session) instanceof Judgement.Refused);
      }
    }
  }

  /// Shows other certificates to whoever connects from now on.
  void show(ServedCertificates certificates) {
    listener.show(certificates.options(), certificates.fingerprints());
  }

  Listener listener() {
    return listener;
  }

  /// What a person should look into, a line each.
  List<String> notes() {
    return gate.notes();
  }

  @Override
  public void close() {
    watch.close();
    listener.close();
  }
}
