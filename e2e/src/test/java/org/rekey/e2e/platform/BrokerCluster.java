package org.rekey.e2e.platform;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.rekey.cli.local.JavaProgram;
import org.rekey.cli.local.KafkaMain;
import org.rekey.cli.local.Program;

/// Three Kafka brokers that are their own controllers, each a process: topics in three copies, of
/// which two must have a record before it counts as written.
public final class BrokerCluster implements AutoCloseable {
  private static final int SIZE = 3;
  private static final int HEAP_MEGABYTES = 256;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final List<Integer> ports = ports();
  private final List<Integer> controllerPorts = ports();
  private final List<Program> programs = new ArrayList<>();
  private final List<Process> processes = new ArrayList<>();

  private BrokerCluster() {}

  public static BrokerCluster start(Path directory) {
    BrokerCluster cluster = new BrokerCluster();
    try {
      String id = Uuid.randomUuid().toString();
      for (int node = 0; node < SIZE; node++) {
        cluster.add(Files.createDirectory(directory.resolve("kafka-" + node)), id, node);
      }
      await().atMost(PATIENCE).ignoreExceptions().until(() -> cluster.nodes() == SIZE);
      return cluster;
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw new IllegalStateException("the brokers do not start", e);
    }
  }

  private void add(Path directory, String clusterId, int node) throws IOException {
    Path settings =
        Files.writeString(directory.resolve("server.properties"), settings(directory, node));
    int code =
        StorageTool.execute(
            new String[] {"format", "-t", clusterId, "-c", settings.toString()},
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
    if (code != 0) {
      throw new IllegalStateException("format: " + code + " (expected: 0)");
    }
    JavaProgram java = Packaged.java();
    List<String> command =
        new ArrayList<>(
            java.command(
                HEAP_MEGABYTES,
                KafkaMain.class.getName(),
                "-Dlogback.configurationFile=logback-kafka.xml",
                "-Dlog4j2.disable.jmx=true",
                "-XX:TieredStopAtLevel=1"));
    command.add(settings.toString());
    programs.add(java.program("kafka", command, Map.of(), directory.resolve("kafka.log")));
    processes.add(programs.getLast().start());
  }

  private String settings(Path directory, int node) {
    String voters =
        IntStream.range(0, SIZE)
            .mapToObj(voter -> voter + "@127.0.0.1:" + controllerPorts.get(voter))
            .collect(Collectors.joining(","));
    return """
        process.roles=broker,controller
        node.id=%d
        controller.quorum.voters=%s
        controller.listener.names=CONTROLLER
        listeners=BROKER://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d
        inter.broker.listener.name=BROKER
        listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
        log.dirs=%s
        auto.create.topics.enable=false
        default.replication.factor=3
        min.insync.replicas=2
        broker.session.timeout.ms=6000
        log.cleaner.dedupe.buffer.size=2097152
        """
        .formatted(
            node, voters, ports.get(node), controllerPorts.get(node), directory.resolve("log"));
  }

  private static List<Integer> ports() {
    return IntStream.range(0, SIZE).mapToObj(_ -> Platform.freePort()).toList();
  }

  public String bootstrap() {
    return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
  }

  /// The broker that takes what is written to a topic.
  public int leader(String topic) {
    return describe(topic).partitions().getFirst().leader().id();
  }

  /// How many copies of a topic there are, and how many of them have everything.
  public Copies copies(String topic) {
    var partition = describe(topic).partitions().getFirst();
    return new Copies(partition.replicas().size(), partition.isr().size());
  }

  public record Copies(int all, int inSync) {}

  private TopicDescription describe(String topic) {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
      return admin
          .describeTopics(List.of(topic))
          .topicNameValues()
          .values()
          .iterator()
          .next()
          .get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private int nodes() throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
      return admin.describeCluster().nodes().get().size();
    }
  }

  /// The keys of a topic's records, oldest first.
  public List<String> keys(String topic) {
    TopicPartition partition = new TopicPartition(topic, 0);
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap()),
            new StringDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      List<String> keys = new ArrayList<>();
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(record -> keys.add(record.key()));
      }
      return keys;
    }
  }

  /// SIGKILL: no goodbye to anybody.
  public void kill(int node) {
    processes.get(node).destroyForcibly().onExit().join();
  }

  public void startAgain(int node) {
    try {
      processes.set(node, programs.get(node).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    processes.forEach(process -> process.destroyForcibly().onExit().join());
  }
}
