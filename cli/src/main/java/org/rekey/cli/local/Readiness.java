package org.rekey.cli.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import org.rekey.runtime.config.HostPort;

/// Whether a service can do its work, as its `/readyz` says: the same as its gRPC health, but with
/// the reason, and at a fraction of the cost on a machine that is busy starting.
final class Readiness {
  private static final int PATIENCE = (int) Duration.ofSeconds(2).toMillis();
  private static final int OK = 200;
  private static final int MAX_REASON = 200;

  private final HostPort management;
  private volatile String lacks = "it does not listen yet";

  Readiness(String management) {
    this.management = HostPort.of(management);
  }

  boolean isReady() {
    if (!isListening(management)) {
      return false;
    }
    try {
      var connection =
          (HttpURLConnection)
              URI.create("http://" + management + "/readyz").toURL().openConnection();
      connection.setConnectTimeout(PATIENCE);
      connection.setReadTimeout(PATIENCE);
      if (connection.getResponseCode() == OK) {
        return true;
      }
      try (InputStream reason = connection.getErrorStream()) {
        if (reason != null) {
          lacks = new String(reason.readNBytes(MAX_REASON), UTF_8).strip();
        }
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  /// Why it was not ready when it was asked last.
  String lacks() {
    return lacks;
  }

  static boolean isListening(HostPort address) {
    try (var socket = new Socket()) {
      socket.connect(address.toSocketAddress(), PATIENCE);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
