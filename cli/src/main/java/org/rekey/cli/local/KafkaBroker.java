package org.rekey.cli.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;

/// A Kafka broker on loopback that is its own controller (KRaft).
public record KafkaBroker(DataDirectory data, JavaProgram java, int port, int controllerPort) {
  private static final int HEAP_MEGABYTES = 256;
  private static final int CONNECT_MILLIS = 500;

  public String bootstrap() {
    return "127.0.0.1:" + port;
  }

  /// Writes the broker's settings, which name the ports of this run.
  public Program program() {
    AtomicFile.privateDirectory(data.kafka());
    Path settings = data.kafka().resolve("server.properties");
    AtomicFile.writePrivate(settings, settings());
    return new Program(
        "kafka",
        withArgument(
            java.command(
                HEAP_MEGABYTES,
                KafkaMain.class.getName(),
                "-Dlogback.configurationFile=logback-kafka.xml",
                "-Dlog4j2.disable.jmx=true"),
            settings.toString()),
        Map.of(),
        data.logs().resolve("kafka.log"));
  }

  public boolean isListening() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /// One node, so one replica of everything; topics are made by the services that own them, and
  /// nothing is thrown away unless a topic says so.
  private String settings() {
    return """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:%2$d
        controller.listener.names=CONTROLLER
        listeners=BROKER://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
        advertised.listeners=BROKER://127.0.0.1:%1$d
        inter.broker.listener.name=BROKER
        listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
        log.dirs=%3$s
        num.partitions=1
        auto.create.topics.enable=false
        log.retention.ms=-1
        offsets.topic.num.partitions=1
        offsets.topic.replication.factor=1
        transaction.state.log.num.partitions=1
        transaction.state.log.replication.factor=1
        transaction.state.log.min.isr=1
        share.coordinator.state.topic.num.partitions=1
        share.coordinator.state.topic.replication.factor=1
        share.coordinator.state.topic.min.isr=1
        group.initial.rebalance.delay.ms=0
        log.cleaner.dedupe.buffer.size=2097152
        num.network.threads=2
        num.io.threads=2
        background.threads=2
        """
        .formatted(port, controllerPort, data.kafka().resolve("log"));
  }

  private static java.util.List<String> withArgument(
      java.util.List<String> command, String argument) {
    command.add(argument);
    return command;
  }
}
