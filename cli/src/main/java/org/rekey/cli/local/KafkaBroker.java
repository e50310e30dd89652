package org.rekey.cli.local;

import java.nio.file.Path;
import java.util.Map;
import org.rekey.runtime.config.HostPort;

/// A Kafka broker on loopback that is its own controller (KRaft).
public record KafkaBroker(DataDirectory data, JavaProgram java, int port, int controllerPort) {
  private static final String NAME = "kafka";
  private static final int HEAP_MEGABYTES = 256;

  public String bootstrap() {
    return "127.0.0.1:" + port;
  }

  /// Writes the broker's settings, which name the ports of this run.
  public Program program() {
    AtomicFile.privateDirectory(data.kafka());
    Path settings = data.kafka().resolve("server.properties");
    AtomicFile.writePrivate(settings, settings());
    return java.program(
        NAME,
        withArgument(
            java.command(
                HEAP_MEGABYTES,
                KafkaMain.class.getName(),
                "-Dlogback.configurationFile=logback-kafka.xml",
                "-Dlog4j2.disable.jmx=true",
                // A handful of events a day: compiling them well would cost more than it saves.
                "-XX:TieredStopAtLevel=1"),
            settings.toString()),
        Map.of(),
        data.logs().resolve("kafka.log"));
  }

  public boolean isListening() {
    return Readiness.isListening(new HostPort("127.0.0.1", port));
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
        .formatted(port, controllerPort, escaped(data.kafka().resolve("log")));
  }

  /// As a properties file has it, which is ISO 8859-1.
  private static String escaped(Path path) {
    StringBuilder text = new StringBuilder();
    for (char c : path.toString().toCharArray()) {
      if (c == '\\' || c > '~') {
        text.append("\\u%04x".formatted((int) c));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private static java.util.List<String> withArgument(
      java.util.List<String> command, String argument) {
    command.add(argument);
    return command;
  }
}
