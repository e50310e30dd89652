package org.rekey.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.rekey.e2e.platform.Command;

/// A D-Bus of the test's own, by the real `dbus-daemon`.
final class PrivateBus implements AutoCloseable {
  private final Path socket;
  private final Path directory;
  private Process daemon;

  PrivateBus(Path directory) {
    this.directory = directory;
    this.socket = directory.resolve("bus");
    try {
      Files.writeString(
          directory.resolve("bus.conf"),
          """
          <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
            "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
          <busconfig>
            <type>system</type>
            <listen>unix:path=%s</listen>
            <auth>EXTERNAL</auth>
            <policy context="default">
              <allow send_destination="*"/>
              <allow receive_sender="*"/>
              <allow own="*"/>
            </policy>
          </busconfig>
          """
              .formatted(socket));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.daemon = start();
  }

  static boolean isUsable() {
    return Command.isInstalled("dbus-daemon");
  }

  private Process start() {
    try {
      Files.deleteIfExists(socket);
      Process started =
          new ProcessBuilder(
                  "dbus-daemon",
                  "--nofork",
                  "--nopidfile",
                  "--config-file=" + directory.resolve("bus.conf"))
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("bus.log").toFile())
              .start();
      await().atMost(Duration.ofSeconds(20)).until(() -> Files.exists(socket));
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Everybody on it is cut off.
  void restart() {
    close();
    daemon = start();
  }

  String address() {
    return "unix:path=" + socket;
  }

  @Override
  public void close() {
    daemon.destroy();
    try {
      if (!daemon.waitFor(5, TimeUnit.SECONDS)) {
        daemon.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
