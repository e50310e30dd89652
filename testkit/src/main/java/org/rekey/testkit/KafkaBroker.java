package org.rekey.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/// A real Kafka broker in this process, on loopback, that can be stopped and started again on the
/// same port and data.
public final class KafkaBroker implements AutoCloseable {
  private final Properties settings;
  private final int port;
  private @Nullable KafkaRaftServer server;

  /// Starts in an empty directory.
  public KafkaBroker(Path directory) throws IOException {
    this(directory, Map.of());
  }

  /// @param further settings, in the place of those that it would have; its listeners are called
  /// `BROKER` and `CONTROLLER`
  public KafkaBroker(Path directory, Map<String, String> further) throws IOException {
    this.port = FreePort.next();
    this.settings = settings(directory.resolve("log"), port, FreePort.next());
    settings.putAll(further);
    var file = directory.resolve("server.properties");
    try (var out = Files.newBufferedWriter(file)) {
      settings.store(out, null);
    }
    var format = new String[] {"format", "-t", Uuid.randomUuid().toString(), "-c", file.toString()};
    var code =
        StorageTool.execute(format, new PrintStream(OutputStream.nullOutputStream(), true, UTF_8));
    if (code != 0) {
      throw new IllegalStateException("format: " + code + " (expected: 0)");
    }
    start();
  }

  /// `host:port`.
  public String bootstrap() {
    return "127.0.0.1:" + port;
  }

  public void start() {
    var starting = new KafkaRaftServer(KafkaConfig.fromProps(settings, false), Time.SYSTEM);
    starting.startup();
    server = starting;
  }

  public void stop() {
    var running = server;
    if (running != null) {
      running.shutdown();
      running.awaitShutdown();
      server = null;
    }
  }

  @Override
  public void close() {
    stop();
  }

  private static Properties settings(Path log, int port, int controllerPort) {
    var settings = new Properties();
    settings.putAll(
        Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "controller.quorum.voters", "1@127.0.0.1:" + controllerPort,
            "controller.listener.names", "CONTROLLER",
            "listeners",
                "BROKER://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort),
            "inter.broker.listener.name", "BROKER",
            "listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs", log.toString(),
            "log.cleaner.dedupe.buffer.size", "2097152",
            "auto.create.topics.enable", "false"));
    settings.put("offsets.topic.replication.factor", "1");
    return settings;
  }
}
