package org.rekey.runtime.tls;

import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import java.io.IOException;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.config.TlsSettings;

/// A service's certificate, its key and whom it trusts, for both ends of a connection.
public record ServiceCredentials(TlsSettings files) {

  public ServerCredentials forServer() {
    try {
      return TlsServerCredentials.newBuilder()
          .keyManager(files.certificate().toFile(), files.key().toFile())
          .trustManager(files.ca().toFile())
          .clientAuth(ClientAuth.REQUIRE)
          .build();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /// For a port whose callers show no certificate.
  public ServerCredentials forServerOfAnyone() {
    try {
      return TlsServerCredentials.create(files.certificate().toFile(), files.key().toFile());
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  public ChannelCredentials forClient() {
    try {
      return TlsChannelCredentials.newBuilder()
          .keyManager(files.certificate().toFile(), files.key().toFile())
          .trustManager(files.ca().toFile())
          .build();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static SettingsException unreadable(IOException e) {
    return new SettingsException("TLS file: cannot be read: " + e.getMessage());
  }
}
