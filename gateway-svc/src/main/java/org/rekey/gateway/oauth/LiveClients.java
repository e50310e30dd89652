package org.rekey.gateway.oauth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.rekey.runtime.config.SettingsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The clients of now: what the file said when it was good the last time.
public final class LiveClients {
  private static final Logger LOG = LoggerFactory.getLogger(LiveClients.class);

  private final Path file;
  private final ClientGate gate;
  private byte[] seen;

  /// @param gate has been told what the file says now
  public LiveClients(Path file, ClientGate gate) {
    this.file = file;
    this.gate = gate;
    this.seen = content();
  }

  /// Lets in whom the file names, if it is another than it was.
  public void look() {
    byte[] now = content();
    if (Arrays.equals(now, seen)) {
      return;
    }
    seen = now;
    try {
      Clients clients = ClientsFile.read(file);
      gate.admitOnly(clients);
      LOG.atInfo()
          .addKeyValue("file", file)
          .addKeyValue("clients", clients.size())
          .log("the clients file was changed and read again");
    } catch (SettingsException e) {
      LOG.atError()
          .addKeyValue("file", file)
          .addKeyValue("problems", e.problems())
          .log("the clients file was changed and cannot be used: what it said before goes on");
    }
  }

  /// Empty if it cannot be read.
  private byte[] content() {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      return new byte[0];
    }
  }
}
