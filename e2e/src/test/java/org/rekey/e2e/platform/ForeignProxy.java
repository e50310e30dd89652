package org.rekey.e2e.platform;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.rekey.runtime.config.TlsSettings;

/// A real proxy that is not ours, with its example from `deploy/examples` as it is there. What
/// differs from place to place, each example leaves to a folder or to variables: addresses and
/// certificates.
public final class ForeignProxy implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(20);
  private static final long STOP_LIMIT_SECONDS = 10;

  /// Those of which there is a program.
  public enum Kind {
    NGINX("nginx -p . -c nginx.conf"),
    CADDY("caddy run --config Caddyfile --adapter caddyfile"),
    HAPROXY("haproxy -f haproxy.cfg");

    private final String command;

    Kind(String command) {
      this.command = command;
    }

    /// Its name, which is also that of its example.
    public String program() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Process process;
  private final int port;

  private ForeignProxy(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /// @param directory for its files, and for what it says
  /// @param verdicts the gateway's port for verdicts
  /// @param backend the port of what is behind the proxy
  /// @param certificate the proxy's own
  public static ForeignProxy start(
      Kind kind, Path directory, int verdicts, int backend, TlsSettings certificate) {
    int port = Platform.freePort();
    try {
      Path home = directory.resolve(kind.program() + "-" + port);
      copy(Command.root().resolve("deploy/examples").resolve(kind.program()), home);
      Path pki = Files.createDirectories(home.resolve("pki"));
      Files.copy(certificate.ca(), pki.resolve("ca.pem"));
      Files.copy(certificate.certificate(), pki.resolve("proxy.pem"));
      Files.copy(
          certificate.key(), pki.resolve(kind == Kind.HAPROXY ? "proxy.pem.key" : "proxy.key"));
      if (kind == Kind.NGINX) {
        Files.writeString(home.resolve("site/listen.conf"), "listen 127.0.0.1:" + port + ";\n");
        Files.writeString(
            home.resolve("site/upstreams.conf"),
            """
            upstream rekey_verdicts { server 127.0.0.1:%d; keepalive 32; }
            upstream backend { server 127.0.0.1:%d; keepalive 32; }
            """
                .formatted(verdicts, backend));
      }
      ProcessBuilder builder =
          new ProcessBuilder(kind.command.split(" "))
              .directory(home.toFile())
              .redirectErrorStream(true)
              .redirectOutput(home.resolve("log").toFile());
      boolean isCaddy = kind == Kind.CADDY;
      builder
          .environment()
          .putAll(
              Map.of(
                  "SITE", (isCaddy ? "http://" : "") + "127.0.0.1:" + port,
                  "VERDICTS", (isCaddy ? "https://" : "") + "127.0.0.1:" + verdicts,
                  "BACKEND", "127.0.0.1:" + backend,
                  "REKEY_SOCKET", "rekey-verdicts-" + port,
                  "HOME", home.toString(),
                  "XDG_CONFIG_HOME", home.toString(),
                  "XDG_DATA_HOME", home.toString()));
      ForeignProxy proxy = new ForeignProxy(builder.start(), port);
      try {
        proxy.awaitListening(home.resolve("log"));
        return proxy;
      } catch (IOException | RuntimeException e) {
        proxy.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  private void awaitListening(Path log) throws IOException {
    await()
        .atMost(START_LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> listens() || !process.isAlive());
    if (!process.isAlive()) {
      throw new IllegalStateException("does not serve:\n" + Files.readString(log));
    }
  }

  private boolean listens() {
    try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  public int port() {
    return port;
  }

  public String url() {
    return "http://127.0.0.1:" + port;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
