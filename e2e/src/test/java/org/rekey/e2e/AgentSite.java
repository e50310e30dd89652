package org.rekey.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.rekey.agent.Agent;
import org.rekey.agent.MenderConf;
import org.rekey.agent.key.KeyType;

/// A device's folders with what an agent finds in them.
record AgentSite(Path directory, String mac) {

  /// @param trusted PEM
  static AgentSite in(Path directory, String url, Path trusted, String mac) {
    return in(directory, url, trusted, mac, "");
  }

  /// @param more members of mender.conf, after a comma
  static AgentSite in(Path directory, String url, Path trusted, String mac, String more) {
    AgentSite site = new AgentSite(directory, mac);
    try {
      Files.createDirectories(site.data());
      Files.writeString(
          site.conf(),
          """
          {"ServerURL": "%s", "ServerCertificate": "%s", "RetryPollIntervalSeconds": 1%s}
          """
              .formatted(url, trusted, more));
      Files.writeString(site.identity(), "#!/bin/sh\necho mac=" + mac + "\n");
      Files.setPosixFilePermissions(site.identity(), PosixFilePermissions.fromString("rwxr-xr-x"));
      return site;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path conf() {
    return directory.resolve("mender.conf");
  }

  Path data() {
    return directory.resolve("data");
  }

  Path key() {
    return data().resolve("mender-agent.pem");
  }

  Path identity() {
    return directory.resolve("agent-identity");
  }

  Agent agent() {
    return agent(KeyType.ED25519, Optional.empty());
  }

  /// @param bus address of a D-Bus
  Agent agent(KeyType type, Optional<String> bus) {
    return Agent.open(options(type, bus));
  }

  Agent.Options options() {
    return options(KeyType.ED25519, Optional.empty());
  }

  private Agent.Options options(KeyType type, Optional<String> bus) {
    return new Agent.Options(
        MenderConf.read(conf(), data().resolve("mender.conf")),
        data(),
        identity(),
        type,
        "",
        0,
        bus);
  }
}
