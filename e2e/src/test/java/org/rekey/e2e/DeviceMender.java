package org.rekey.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Platform;

/// The real `mender` 3.4 of Debian as one device. Its folders are fixed, so each run gets its own
/// ones by bind mounts in a mount namespace of its own, which needs root. The shell and `unshare`
/// replace themselves, so the process that is ended is the program itself.
final class DeviceMender implements AutoCloseable {
  private static final String IN_A_NAMESPACE =
      """
      mount --bind "$1/etc" /etc/mender &&
      mount --bind "$1/identity" /usr/share/mender/identity &&
      mount --bind "$1/inventory" /usr/share/mender/inventory &&
      shift && exec mender "$@"
      """;

  private final Path directory;
  private final String mac;
  private @Nullable Process daemon;
  private int daemons;

  /// @param directory a new one, for this device alone
  /// @param privateKey PEM; empty: the program makes its own
  DeviceMender(Path directory, Platform platform, String mac, String privateKey) {
    this(directory, platform, mac, privateKey, "");
  }

  /// @param certificate PEM, for mutual TLS with the key; empty: without
  DeviceMender(
      Path directory, Platform platform, String mac, String privateKey, String certificate) {
    this(
        directory,
        certificate.isEmpty() ? platform.gatewayUrl() : platform.deviceUrl(),
        platform.caCertificate(),
        mac,
        privateKey,
        certificate);
  }

  /// @param trusted PEM: the certificates that it trusts
  DeviceMender(
      Path directory, String url, Path trusted, String mac, String privateKey, String certificate) {
    this.directory = directory;
    this.mac = mac;
    String security = "";
    if (!certificate.isEmpty()) {
      security =
          ", \"HttpsClient\": {\"Certificate\": \"%s\", \"Key\": \"%s\"}"
              .formatted(write("certificate.pem", certificate), directory.resolve("key.pem"));
    } else if (!privateKey.isEmpty()) {
      security =
          ", \"Security\": {\"AuthPrivateKey\": \"%s\"}".formatted(directory.resolve("key.pem"));
    }
    write("key.pem", privateKey);
    write(
        "etc/mender.conf",
        """
        {"ServerURL": "%s", "ServerCertificate": "%s", "TenantToken": "",
         "UpdatePollIntervalSeconds": 1, "InventoryPollIntervalSeconds": 2,
         "RetryPollIntervalSeconds": 1, "DBus": {"Enabled": false}%s}
        """
            .formatted(url, trusted, security));
    write("etc/artifact_info", "artifact_name=release-1\n");
    write("data/device_type", "device_type=qemu-x\n");
    script("identity/mender-device-identity", "echo mac=" + mac);
    script("inventory/mender-inventory-hello", "echo hello=world");
  }

  /// Whether it can be run here.
  static boolean isUsable() {
    return Command.isInstalled("mender")
        && Command.run(Map.of(), "", List.of("unshare", "-m", "true")).exit() == 0;
  }

  String mac() {
    return mac;
  }

  /// Asks once: exit code 0 with a token, 1 without.
  Command bootstrap() {
    return Command.run(Map.of(), "", line("bootstrap"));
  }

  void startDaemon() {
    try {
      daemon =
          new ProcessBuilder(line("daemon"))
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("daemon-" + ++daemons + ".log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isRunning() {
    return daemon != null && daemon.isAlive();
  }

  /// What the last daemon has said.
  String log() {
    try {
      return Files.readString(directory.resolve("daemon-" + daemons + ".log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What the last daemon has said that went wrong.
  List<String> errors() {
    return log()
        .lines()
        .filter(line -> line.contains("level=error") || line.contains("rejected"))
        .filter(line -> !line.contains("DBus not enabled"))
        .toList();
  }

  void stopDaemon() {
    Process running = daemon;
    if (running == null) {
      return;
    }
    try {
      running.destroy();
      if (!running.waitFor(5, TimeUnit.SECONDS)) {
        running.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      running.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stopDaemon();
  }

  private List<String> line(String command) {
    List<String> line = new ArrayList<>(List.of("unshare", "-m", "sh", "-c", IN_A_NAMESPACE, "sh"));
    line.add(directory.toString());
    line.addAll(List.of("--data", directory.resolve("data").toString(), command));
    return line;
  }

  private void script(String name, String command) {
    Path file = write(name, "#!/bin/sh\n" + command + "\n");
    try {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path write(String name, String text) {
    try {
      Path file = directory.resolve(name);
      Files.createDirectories(file.resolveSibling("."));
      Files.writeString(file, text);
      return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
