package org.rekey.verifier.follow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.rekey.verifier.fixture.LogWriter.USERADM;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.fixture.Broker;
import org.rekey.verifier.fixture.KeystoreServer;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;

/// The follower over a real broker: what no consumer says by itself, that its broker is gone, and
/// what it does then.
class KafkaRoadIT {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final LogWriter log = new LogWriter();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  void followsThroughAMissingTopicAStoppedBrokerAndItsReturn(@TempDir Path directory)
      throws Exception {
    log.added(USERADM, 0, TestKeys.rsa());
    log.activated(USERADM, 0);
    try (var broker = new Broker(directory);
        var keystore = new KeystoreServer(log);
        var follower = follower(broker, keystore)) {
      follower.start();
      assertThat(follower.awaitReady(LONG)).isTrue();
      assertThat(follower.status().kafkaAnswering()).isFalse();

      broker.createTopic(KafkaRecords.TOPIC);
      await().atMost(LONG).until(() -> follower.status().kafkaAnswering());

      try (var producer = producer(broker)) {
        for (var event : log.events()) {
          sendRaw(producer, event.toByteArray());
        }
        sendRaw(producer, "poison".getBytes(UTF_8));
        sendRaw(producer, null);
        send(producer, log.added(USERADM, 5539, TestKeys.ed25519()));
        awaitSame(follower);
        assertThat(applied("kafka") + applied("grpc")).isEqualTo((double) log.head());

        for (int kid = 100; kid < 120; kid++) {
          send(producer, log.added(USERADM, kid, TestKeys.ec("secp256r1")));
          awaitSame(follower);
        }
        // A heartbeat may bring one or the other first: never all of them.
        assertThat(applied("kafka")).isPositive();
        assertThat(applied("kafka") + applied("grpc")).isEqualTo((double) log.head());
      }

      broker.stop();
      await().atMost(LONG).until(() -> !follower.status().kafkaAnswering());
      log.activated(USERADM, 5539);
      awaitSame(follower);
      assertThat(applied("grpc")).isGreaterThanOrEqualTo(3);

      broker.start();
      await().atMost(LONG).until(() -> follower.status().kafkaAnswering());
      keystore.setDown(true);
      try (var producer = producer(broker)) {
        send(producer, log.event((int) log.head()));
        send(producer, log.added(USERADM, 5540, TestKeys.ec("secp384r1")));
        awaitSame(follower);
      }
      assertThat(applied("kafka") + applied("grpc")).isEqualTo((double) log.head());
    }
    assertThat(meters.get("rekey.keylog.propagation").timer().count()).isEqualTo(23);
  }

  @Test
  void readsTheTopicFromItsStartAsOftenAsItIsTold(@TempDir Path directory) throws Exception {
    try (var broker = new Broker(directory)) {
      broker.createTopic(KafkaRecords.TOPIC);
      try (var producer = producer(broker);
          var records =
              KafkaRecords.factory(Map.of("bootstrap.servers", broker.bootstrap())).open()) {
        sendRaw(producer, "one".getBytes(UTF_8));
        sendRaw(producer, "two".getBytes(UTF_8));

        readBoth(records);
        records.rewind();
        readBoth(records);
        await()
            .atMost(LONG)
            .until(
                () -> {
                  var poll = records.poll(Duration.ofMillis(100));
                  return poll.answered() && poll.atEnd() && poll.values().isEmpty();
                });
      }
    }
  }

  private static void readBoth(RecordSource records) {
    var read = new ArrayList<String>();
    await()
        .atMost(LONG)
        .until(
            () -> {
              records
                  .poll(Duration.ofMillis(100))
                  .values()
                  .forEach(value -> read.add(new String(value, UTF_8)));
              return read.size() >= 2;
            });
    assertThat(read).containsExactly("one", "two");
  }

  private KeyLogFollower follower(Broker broker, KeystoreServer keystore) {
    return new KeyLogFollower(
        FollowerConfig.named("it"),
        List.of(log.logKey()),
        keystore.channel(),
        KafkaRecords.factory(Map.of("bootstrap.servers", broker.bootstrap())),
        KeyBooks.none(),
        meters,
        InstantSource.system(),
        new Random(1));
  }

  private static KafkaProducer<byte[], byte[]> producer(Broker broker) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", broker.bootstrap(), "linger.ms", 0),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, SignedKeyEvent event)
      throws Exception {
    sendRaw(producer, event.toByteArray());
  }

  private static void sendRaw(KafkaProducer<byte[], byte[]> producer, byte @Nullable [] value)
      throws Exception {
    producer.send(new ProducerRecord<>(KafkaRecords.TOPIC, value)).get(30, TimeUnit.SECONDS);
  }

  private void awaitSame(KeyLogFollower follower) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(2))
        .untilAsserted(() -> assertThat(follower.map()).isEqualTo(log.map()));
  }

  private double applied(String road) {
    return meters.counter("rekey.keylog.events", "road", road, "result", "applied").count();
  }
}
