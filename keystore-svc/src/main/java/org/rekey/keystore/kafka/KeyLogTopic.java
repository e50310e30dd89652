package org.rekey.keystore.kafka;

import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogCopies;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.kafka.KafkaCluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The key log as Kafka has it: a copy with which the journal is compared, at start and whenever
/// Kafka is back.
public final class KeyLogTopic {
  private static final Logger LOG = LoggerFactory.getLogger(KeyLogTopic.class);
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration READ_LIMIT = Duration.ofSeconds(30);
  private static final TopicPartition PARTITION =
      new TopicPartition(KeyLogPublisher.TOPIC.name(), 0);
  private static final String WHERE = "Kafka topic " + PARTITION.topic();

  private final KafkaCluster kafka;
  private final LogCopies copies;

  /// Up to here all has been compared.
  private long next;

  public KeyLogTopic(KafkaCluster kafka, LogCopies copies) {
    this.kafka = kafka;
    this.copies = copies;
  }

  /// Before anything is appended. Without Kafka the keystore starts all the same, and compares
  /// later.
  public void compareAtStart() {
    try {
      compare();
    } catch (KafkaException e) {
      LOG.atWarn()
          .addKeyValue("kafka", kafka)
          .addKeyValue("error", e.getClass().getSimpleName() + ": " + e.getMessage())
          .log("Kafka cannot be read: the key log is compared with its topic when it can");
    }
  }

  /// Appends to the journal what the topic has and the journal has not, as far as it is the
  /// journal's own continuation.
  ///
  /// @throws SettingsException when Kafka cannot be read
  public void takeMissing(KeyHistory history) {
    try {
      long before = history.head();
      read(0).forEach(history::takeNext);
      LOG.atWarn()
          .addKeyValue("from", before + 1)
          .addKeyValue("to", history.head())
          .addKeyValue("taken", history.head() - before)
          .log("KEYSTORE_LOG_FROM_KAFKA: missing key events were taken from Kafka");
    } catch (KafkaException e) {
      throw new SettingsException(
          "KEYSTORE_LOG_FROM_KAFKA: %s cannot be read at %s: %s (expected: a Kafka that answers; without this setting the keystore starts without it)"
              .formatted(WHERE, kafka, e.getMessage()));
    }
  }

  /// Compares what has come since the last time. A Kafka that lets the keystore write and not read
  /// is published to all the same.
  synchronized void compare() {
    try {
      copies.compare(WHERE, read(next));
    } catch (AuthorizationException e) {
      LOG.atWarn()
          .addKeyValue("topic", PARTITION.topic())
          .addKeyValue("error", e.getMessage())
          .log(
              "The key log is not compared with its topic: allow this keystore to read and describe"
                  + " it");
    }
  }

  private synchronized List<SignedKeyEvent> read(long from) {
    Map<String, Object> settings = kafka.client();
    settings.putAll(
        Map.of(
            ConsumerConfig.CLIENT_ID_CONFIG,
            "rekey-keystore",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            "earliest",
            ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
            false,
            ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
            (int) PATIENCE.toMillis(),
            ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG,
            (int) PATIENCE.toMillis()));
    try (Consumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<?> partitions = consumer.partitionsFor(PARTITION.topic());
      if (partitions == null || partitions.isEmpty()) {
        return List.of();
      }
      consumer.assign(List.of(PARTITION));
      long end = consumer.endOffsets(List.of(PARTITION)).getOrDefault(PARTITION, 0L);
      // A topic that is shorter than it was is another one.
      consumer.seek(PARTITION, from <= end ? from : 0);
      List<SignedKeyEvent> events = new ArrayList<>();
      long start = System.nanoTime();
      while (consumer.position(PARTITION) < end) {
        if (System.nanoTime() - start > READ_LIMIT.toNanos()) {
          throw new TimeoutException("read no further than " + consumer.position(PARTITION));
        }
        consumer.poll(Duration.ofMillis(200)).forEach(record -> add(events, record.value()));
      }
      next = end;
      return events;
    }
  }

  /// Whatever is none was not written by a keystore.
  private static void add(List<SignedKeyEvent> events, byte[] value) {
    try {
      events.add(SignedKeyEvent.parseFrom(value == null ? new byte[0] : value));
    } catch (InvalidProtocolBufferException e) {
      LOG.atDebug().log("A record of the key log's topic is no event");
    }
  }
}
