package org.rekey.e2e.platform;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.rekey.cli.local.DataDirectory;
import org.rekey.cli.local.KafkaBroker;
import org.rekey.cli.local.Program;

/// A real Kafka broker in a process of its own, the same that `rekey up` starts. It can be killed
/// and started again.
public final class Broker implements AutoCloseable {
  public static final String KEY_LOG = "rekey.keystore.key-log.v1";
  public static final String TOKENS = "rekey.useradm.token.v1";
  public static final String DEVICES = "rekey.deviceauth.device.v1";

  private final KafkaBroker broker;
  private Program program;
  private Process process;
  private boolean wasReady;

  private Broker(KafkaBroker broker) throws IOException {
    this.broker = broker;
    this.program = broker.program();
    this.process = program.start();
  }

  static Broker start(Path directory) throws IOException {
    DataDirectory data = DataDirectory.create(directory);
    Broker started =
        new Broker(
            new KafkaBroker(data, Packaged.java(), Platform.freePort(), Platform.freePort()));
    started.awaitListening();
    return started;
  }

  private void awaitListening() {
    await().atMost(Duration.ofSeconds(60)).until(broker::isListening);
    wasReady = true;
  }

  public String bootstrap() {
    return broker.bootstrap();
  }

  /// SIGKILL: no goodbye to anybody.
  public void kill() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Stops it in the middle of whatever it does: connections stay, nothing is answered.
  public void pause() {
    Signals.pause(process.pid());
  }

  public void resume() {
    Signals.resume(process.pid());
  }

  public void startAgain() {
    wasReady = false;
    try {
      program = broker.program();
      process = program.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitListening();
  }

  /// Everything on the key log's topic, oldest first.
  public List<ConsumerRecord<String, byte[]>> keyLog() {
    return records(KEY_LOG);
  }

  /// Everything on a topic of one partition, oldest first.
  public List<ConsumerRecord<String, byte[]>> records(String topic) {
    TopicPartition partition = new TopicPartition(topic, 0);
    Map<String, Object> config = Map.of("bootstrap.servers", bootstrap());
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
      return records;
    }
  }

  /// Writes to the key log's topic as anybody could who may write there.
  public void writeToKeyLog(String key, byte[] value) {
    Map<String, Object> config = Map.of("bootstrap.servers", bootstrap(), "linger.ms", 0);
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(KEY_LOG, 0, key, value)).get(20, TimeUnit.SECONDS);
    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    Packaged.end(program, process, wasReady);
  }
}
