package org.rekey.keystore.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.Journal;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogCopies;
import org.rekey.keystore.log.LogSigner;
import org.rekey.keystore.log.NewEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.runtime.kafka.KafkaCluster;
import org.rekey.testkit.KafkaBroker;
import org.rekey.testkit.KeyFiles;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.Purpose;

class KeyLogPublisherIT {
  private static final TopicPartition PARTITION =
      new TopicPartition(KeyLogPublisher.TOPIC.name(), 0);

  @TempDir static Path home;
  private static KafkaBroker broker;

  private final Table table = new Table();
  private final Position position = new Position();
  private final LogSigner signer =
      LogSigner.read(
          "LOG_KEY", KeyFiles.write(home.resolve("log.pem"), KeyFiles.pkcs8(KeyFiles.ed25519())));
  private final KeyHistory history = KeyHistory.open(table, signer, InstantSource.system());

  @BeforeAll
  static void start() throws IOException {
    broker = new KafkaBroker(home);
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void publishesInOrderGoesOnAfterAnOutageAndBeginsAgainWhenTheTopicIsLost() throws Exception {
    announce(0);
    announce(1);
    try (var publisher = publisher()) {
      await().atMost(Duration.ofSeconds(30)).until(() -> position.epoch == 2);
      assertThat(records()).extracting(ConsumerRecord::key).containsExactly("1", "2");
      assertThat(records().getLast().value()).isEqualTo(table.events.getLast().toByteArray());
      assertThat(headers(records().getLast()))
          .isEqualTo(Map.of("epoch", "2", "type", "KEY_ADDED", "ring", "useradm", "kid", "1"));
      assertThat(settings())
          .containsEntry("retention.ms", "-1")
          .containsEntry("cleanup.policy", "delete");

      broker.stop();
      announce(2);
      announce(3);
      assertThat(publisher.lag()).isEqualTo(2);
      Thread.sleep(1000);
      broker.start();
      await().atMost(Duration.ofSeconds(60)).until(() -> publisher.lag() == 0);
      assertThat(records().stream().map(ConsumerRecord::key).distinct())
          .containsExactly("1", "2", "3", "4");
    }

    try (var admin = Admin.create(config())) {
      admin.deleteTopics(List.of(KeyLogPublisher.TOPIC.name())).all().get();
    }
    try (var publisher = publisher()) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> publisher.lag() == 0 && records().size() == 4);
      assertThat(records()).extracting(ConsumerRecord::key).containsExactly("1", "2", "3", "4");
    }
  }

  private KeyLogPublisher publisher() {
    var publisher =
        new KeyLogPublisher(
            KafkaCluster.at(broker.bootstrap()),
            history,
            position,
            new KeyLogTopic(
                KafkaCluster.at(broker.bootstrap()), new LogCopies(history, signer.publicKey())),
            new SimpleMeterRegistry());
    publisher.start();
    return publisher;
  }

  private void announce(long kid) {
    var key = KeyFiles.ed25519().getPublic();
    history.append(
        _ ->
            Optional.of(
                new NewEvent(
                    "useradm",
                    kid,
                    new Author(Author.FILE, "/keys", ""),
                    new KeyChange.Added(
                        key, Alg.EDDSA, Thumbprint.of(key), "mender.useradm", Purpose.USER))));
  }

  private static List<ConsumerRecord<String, byte[]>> records() {
    try (var consumer =
        new KafkaConsumer<>(config(), new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(PARTITION));
      consumer.seekToBeginning(List.of(PARTITION));
      var end = consumer.endOffsets(List.of(PARTITION)).getOrDefault(PARTITION, 0L);
      var records = new ArrayList<ConsumerRecord<String, byte[]>>();
      while (consumer.position(PARTITION) < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
      return records;
    }
  }

  private static Map<String, Object> config() {
    return Map.of("bootstrap.servers", broker.bootstrap());
  }

  private static Map<String, String> headers(ConsumerRecord<String, byte[]> record) {
    var headers = new java.util.HashMap<String, String>();
    record
        .headers()
        .forEach(
            header ->
                headers.put(
                    header.key(),
                    new String(header.value(), java.nio.charset.StandardCharsets.UTF_8)));
    return headers;
  }

  private static Map<String, String> settings() throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, KeyLogPublisher.TOPIC.name());
    var settings = new java.util.HashMap<String, String>();
    try (var admin = Admin.create(config())) {
      admin
          .describeConfigs(List.of(resource))
          .all()
          .get()
          .values()
          .forEach(config -> config.entries().forEach(e -> settings.put(e.name(), e.value())));
    }
    return settings;
  }

  private static final class Table implements Journal {
    final List<SignedKeyEvent> events = new CopyOnWriteArrayList<>();

    @Override
    public List<SignedKeyEvent> after(long epoch) {
      return events.subList((int) epoch, events.size());
    }

    @Override
    public boolean append(long epoch, SignedKeyEvent event) {
      return events.add(event);
    }
  }

  private static final class Position implements Publications {
    volatile long epoch;

    @Override
    public long published(String topic) {
      return epoch;
    }

    @Override
    public void move(String topic, long to) {
      epoch = to;
    }
  }
}
