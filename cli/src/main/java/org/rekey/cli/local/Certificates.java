package org.rekey.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.tls.LocalAuthority;

/// The instance's certificates: one for each service and for the operator, and the one that clients
/// of the gateway see.
record Certificates(Map<String, LocalAuthority.Leaf> names, LocalAuthority.Leaf https) {
  private static final List<String> NAMES =
      List.of("keystore", "useradm", "deviceauth", "gateway", "operator");
  private static final List<String> LOOPBACK = List.of("127.0.0.1", "::1");

  static Certificates ensure(DataDirectory data, Instant now, SecureRandom random) {
    var services = LocalAuthority.open(data.pki(), now, random);
    var names =
        NAMES.stream()
            .collect(
                Collectors.toMap(
                    Function.identity(),
                    name -> services.issue(name, List.of("localhost"), LOOPBACK)));
    var clients = LocalAuthority.open(data.https(), now, random);
    var https =
        clients.issue(hostName().orElse("gateway.localhost"), List.of("localhost"), LOOPBACK);
    return new Certificates(names, https);
  }

  TlsSettings of(String name) {
    var leaf = names.get(name);
    if (leaf == null) {
      throw new IllegalArgumentException(name + ": unknown (expected: one of " + NAMES + ")");
    }
    return leaf;
  }

  /// What the kernel says; asking a name server could take long. A name that is no DNS name, or
  /// that would be mistaken for the authority's own file, is left out.
  private static Optional<String> hostName() {
    try {
      String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
      return Optional.of(name)
          .filter(n -> n.matches("[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?"))
          .filter(n -> !n.equals("ca") && !n.equals("localhost"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
