package org.rekey.bench.load;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.tls.LocalAuthority;
import org.rekey.runtime.tls.ServiceCredentials;
import org.rekey.verifier.log.LogKey;

/// Everything, running: what `./rekey up` starts on a new data directory, each service a process of
/// its own with the memory that it has there.
public final class RekeyUp implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofMinutes(10);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
  private static final List<String> FOR_MANY_LOGINS =
      List.of("USERADM_PASSWORD_MEMORY_KIB=8", "USERADM_PASSWORD_ITERATIONS=1");

  private final Process process;
  private final Path data;
  private final Run run;

  private RekeyUp(Process process, Path data, Run run) {
    this.process = process;
    this.data = data;
    this.run = run;
  }

  /// `run.json`, as much of it as a benchmark needs.
  ///
  /// @param pids of every process, by name
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Run(
      String gateway,
      String ca,
      @JsonProperty("key_dirs") Map<String, String> keyDirs,
      Map<String, String> grpc,
      Map<String, String> management,
      Map<String, Long> pids) {}

  /// Returns when every service can do its work. Passwords are hashed cheaply; nothing else
  /// differs from what an operator gets.
  ///
  /// @param work a directory for the instance's own, which must not be there
  /// @param settings `NAME=VALUE`
  /// @param options further options of `rekey up`
  public static RekeyUp start(Path work, List<String> settings, List<String> options) {
    List<String> all = new ArrayList<>(FOR_MANY_LOGINS);
    all.addAll(settings);
    return startWithRealPasswords(work, all, options);
  }

  /// As [#start], and a password costs what it costs an operator.
  public static RekeyUp startWithRealPasswords(
      Path work, List<String> settings, List<String> options) {
    Path root = Path.of(Objects.requireNonNull(System.getProperty("rekey.root"), "rekey.root"));
    Path data = work.resolve("data");
    List<String> command =
        new ArrayList<>(
            List.of(
                root.resolve("rekey").toString(),
                "up",
                "--data",
                data.toString(),
                "--https-port",
                "0"));
    command.addAll(options);
    for (String setting : settings) {
      command.addAll(List.of("--set", setting));
    }
    Path log = work.resolve("up.log");
    try {
      Files.createDirectories(work);
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try {
        awaitRunFile(process, data.resolve("run.json"), log);
        Run run = new ObjectMapper().readValue(data.resolve("run.json").toFile(), Run.class);
        return new RekeyUp(process, data, run);
      } catch (IOException | RuntimeException e) {
        stop(process);
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitRunFile(Process process, Path runFile, Path log) throws IOException {
    long limit = System.nanoTime() + START_LIMIT.toNanos();
    while (!Files.exists(runFile)) {
      if (!process.isAlive() || System.nanoTime() > limit) {
        throw new IllegalStateException(
            "rekey up: not ready (expected: " + runFile + ")\n" + Files.readString(log));
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while an instance was starting", e);
    }
  }

  /// The gateway's URL.
  public String gateway() {
    return run.gateway;
  }

  /// The authority of the gateway's certificate.
  public Path ca() {
    return Path.of(run.ca);
  }

  /// The directory of the ring's private keys.
  public Path keys(String ring) {
    return Path.of(Objects.requireNonNull(run.keyDirs.get(ring), ring));
  }

  public long pid(String service) {
    return Objects.requireNonNull(run.pids.get(service), service);
  }

  /// What the service's `/metrics` say now.
  public Metrics metrics(String service) {
    return Metrics.of(Objects.requireNonNull(run.management.get(service), service));
  }

  /// The service's own schema, as its own role.
  public Connection database(String service) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", service);
    properties.setProperty("currentSchema", service);
    properties.setProperty("sslmode", "disable");
    properties.setProperty(
        "password", read(data.resolve("secrets").resolve(service + ".password")).strip());
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/rekey".formatted(port("postgres")), properties);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A channel such as the gateway has: one connection with the gateway's certificate.
  public ManagedChannel asGateway(String service) {
    return channel("gateway", service);
  }

  /// A channel with the certificate of one of the callers.
  public ManagedChannel channel(String caller, String service) {
    Path pki = data.resolve("pki");
    LocalAuthority.Leaf leaf =
        new LocalAuthority.Leaf(
            pki.resolve(caller + ".pem"), pki.resolve(caller + ".key"), pki.resolve("ca.pem"));
    String target = Objects.requireNonNull(run.grpc.get(service), service);
    return Channels.open(target, service, new ServiceCredentials(leaf));
  }

  /// The public half of what the key log is signed with.
  public LogKey logKey() {
    return LogKey.fromPem(read(data.resolve("pki").resolve("log-key.pub.pem")));
  }

  /// `host:port`
  public String kafka() {
    return "127.0.0.1:" + port("kafka");
  }

  private int port(String name) {
    try {
      return new ObjectMapper().readTree(read(data.resolve("ports.json"))).required(name).asInt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stop(process);
  }

  private static void stop(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
