package org.rekey.e2e.platform;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.rekey.cli.local.JavaProgram;
import org.rekey.cli.local.Program;
import org.rekey.gateway.GatewayMain;
import org.rekey.runtime.server.ServiceMain;

/// One more gateway in front of a platform, as a process of its own that has little memory, and
/// ends when it needs more.
public final class SmallGateway implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final int port = Platform.freePort();
  private final int managementPort = Platform.freePort();
  private final Process process;

  /// @param settings added to those of the platform's own gateway
  public SmallGateway(
      Platform platform,
      Path directory,
      int heapMegabytes,
      int directMegabytes,
      Map<String, String> settings) {
    Map<String, String> environment = new HashMap<>(platform.gatewayEnvironment());
    environment.remove("GATEWAY_INTERNAL_LISTEN");
    environment.put("GATEWAY_LISTEN", "127.0.0.1:" + port);
    environment.put("GATEWAY_MANAGEMENT_LISTEN", "127.0.0.1:" + managementPort);
    environment.put("REKEY_LOG_FORMAT", "text");
    environment.put(ServiceMain.STOP_WITH_STDIN, "true");
    environment.putAll(settings);
    try {
      process =
          new Program(
                  "gateway",
                  JavaProgram.ofThisProcess()
                      .command(
                          heapMegabytes,
                          GatewayMain.class.getName(),
                          "-XX:MaxDirectMemorySize=" + directMegabytes + "m"),
                  environment,
                  directory.resolve("small-gateway.log"))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await().atMost(START_LIMIT).ignoreExceptions().until(() -> get("/readyz").contains("ready"));
  }

  public String url() {
    return "https://localhost:" + port;
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /// What it takes of the machine's memory.
  public long residentMegabytes() {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
      return lines
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
              .findFirst()
              .orElseThrow()
          / 1024;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String get(String path) throws IOException {
    try (var in = URI.create("http://127.0.0.1:" + managementPort + path).toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
