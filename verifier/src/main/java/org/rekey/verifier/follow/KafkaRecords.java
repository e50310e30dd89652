package org.rekey.verifier.follow;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/// A topic of one partition, read without a consumer group: every reader reads all of it.
public final class KafkaRecords implements RecordSource {
  /// The key log: one partition, kept for ever.
  public static final String TOPIC = "rekey.keystore.key-log.v1";

  private final Consumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private @Nullable Metric fetchTotal;
  private double fetches;

  KafkaRecords(Consumer<byte[], byte[]> consumer, String topic, Start start) {
    this.consumer = consumer;
    this.partition = new TopicPartition(topic, 0);
    consumer.assign(List.of(partition));
    switch (start) {
      case FIRST_RECORD -> consumer.seekToBeginning(List.of(partition));
      case NEXT_RECORD -> consumer.seekToEnd(List.of(partition));
    }
  }

  /// Where reading begins.
  enum Start {
    FIRST_RECORD("earliest"),
    NEXT_RECORD("latest");

    private final String reset;

    Start(String reset) {
      this.reset = reset;
    }
  }

  /// The key log, from its start.
  ///
  /// @param client connection settings: `bootstrap.servers` and whatever TLS needs. How to read is
  /// decided here.
  public static RecordSource.Factory factory(Map<String, Object> client) {
    return factory(client, TOPIC, Start.FIRST_RECORD);
  }

  /// What comes on a topic from when it is opened.
  ///
  /// @param client as in [#factory]
  public static RecordSource.Factory news(Map<String, Object> client, String topic) {
    return factory(client, topic, Start.NEXT_RECORD);
  }

  private static RecordSource.Factory factory(
      Map<String, Object> client, String topic, Start start) {
    var settings = new HashMap<>(client);
    settings.putIfAbsent(ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 1000);
    settings.putIfAbsent(ConsumerConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG, 2000);
    settings.putIfAbsent(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5000);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, start.reset);
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1);
    settings.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 250);
    return () ->
        new KafkaRecords(
            new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
            topic,
            start);
  }

  @Override
  public Poll poll(Duration atMost) {
    try {
      var values = new ArrayList<byte[]>();
      for (var consumed : consumer.poll(atMost)) {
        values.add(consumed.value() == null ? new byte[0] : consumed.value());
      }
      return new Poll(values, hasFetched() || !values.isEmpty(), isAtEnd());
    } catch (WakeupException e) {
      return new Poll(List.of(), false, false);
    }
  }

  @Override
  public void rewind() {
    consumer.seekToBeginning(List.of(partition));
  }

  @Override
  public void wakeup() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofMillis(500)));
  }

  private boolean isAtEnd() {
    var lag = consumer.currentLag(partition);
    return lag.isPresent() && lag.getAsLong() == 0;
  }

  /// A consumer does not say that its broker is gone: polls just come back empty. But a broker that
  /// is there completes a fetch every `fetch.max.wait.ms`, and the consumer counts them.
  private boolean hasFetched() {
    if (fetchTotal == null) {
      fetchTotal =
          consumer.metrics().entrySet().stream()
              .filter(metric -> metric.getKey().name().equals("fetch-total"))
              .filter(metric -> metric.getKey().group().equals("consumer-fetch-manager-metrics"))
              .map(Map.Entry::getValue)
              .findFirst()
              .orElse(null);
    }
    var before = fetches;
    fetches = fetchTotal == null ? 0 : (double) fetchTotal.metricValue();
    return fetches != before;
  }
}
