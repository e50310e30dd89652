package org.rekey.runtime.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.kafka.KafkaCluster;
import org.rekey.runtime.kafka.Topic;
import org.rekey.testkit.KafkaBroker;
import org.rekey.testkit.PostgresExtension;

/// The outbox between a real database and a real broker. Events travel as `NUMBER TEXT`.
class OutboxRelayIT {
  private static final Duration LONG = Duration.ofSeconds(30);
  /// The real ones.
  private static final Path TABLES =
      Path.of("../useradm-svc/src/main/resources/db/useradm/V2__outbox.sql");
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static KafkaBroker kafka;
  private static int topics;

  private final String topic = "test.topic." + ++topics;
  private final List<OutboxRelay> relays = new ArrayList<>();
  private Jdbi jdbi;
  private DatabaseSettings database;

  @BeforeAll
  static void startKafka() throws IOException {
    kafka = new KafkaBroker(directory);
  }

  @AfterAll
  static void stopKafka() {
    kafka.close();
  }

  @BeforeEach
  void makeTables() throws IOException {
    database = POSTGRES.newDatabase();
    jdbi = Jdbi.create(database.url(), database.user(), "");
    String tables = Files.readString(TABLES);
    jdbi.useHandle(handle -> handle.createScript(tables).execute());
  }

  @AfterEach
  void stopRelays() {
    relays.forEach(OutboxRelay::close);
  }

  private OutboxRelay relay(Optional<Function<Instant, byte[]>> watermark) {
    OutboxTopic fed =
        new OutboxTopic(
            Topic.kept(topic, Duration.ofHours(1)),
            (number, event) -> (number + " " + new String(event, UTF_8)).getBytes(UTF_8),
            watermark);
    OutboxRelay relay =
        new OutboxRelay(
            "test",
            KafkaCluster.at(kafka.bootstrap()),
            jdbi,
            List.of(fed),
            new SimpleMeterRegistry());
    relays.add(relay);
    return relay;
  }

  private void append(Outbox outbox, String event) {
    jdbi.useTransaction(handle -> outbox.append(handle, topic, "key", event.getBytes(UTF_8)));
  }

  @Test
  void publishesWhatIsCommittedInOrderAndNothingElse() {
    OutboxRelay relay = relay(Optional.empty());
    Outbox outbox = Outbox.open(relay::ring);
    append(outbox, "before");
    relay.start();
    assertThatThrownBy(
            () ->
                jdbi.useTransaction(
                    handle -> {
                      outbox.append(handle, topic, "key", "undone".getBytes(UTF_8));
                      throw new IllegalStateException("undone");
                    }))
        .hasMessage("undone");
    for (int i = 0; i < 1200; i++) {
      append(outbox, "event" + i);
    }
    List<String> expected = new ArrayList<>(List.of("1 before"));
    IntStream.range(0, 1200).forEach(i -> expected.add((i + 2) + " event" + i));
    assertThat(read(1201)).isEqualTo(expected);
    await().atMost(LONG).until(() -> waiting() == 0);
  }

  @Test
  void aWatermarkSaysThatAllFromBeforeHasBeenSent() {
    OutboxRelay relay = relay(Optional.of(at -> ("mark " + at).getBytes(UTF_8)));
    Outbox outbox = Outbox.open(relay::ring);
    append(outbox, "one");
    Instant appended = Instant.now();
    relay.start();
    List<String> records = read(4);
    assertThat(records.getFirst()).isEqualTo("1 one");
    assertThat(records.subList(1, 4)).allMatch(record -> record.contains(" mark "));
    Instant first = Instant.parse(records.get(1).substring(records.get(1).lastIndexOf(' ') + 1));
    assertThat(first).isAfterOrEqualTo(appended.minusSeconds(1));
  }

  /// The numbers prove it: each once, none left out, whoever has written and whoever has sent.
  @Test
  void manyRelaysPublishAsOne() throws InterruptedException {
    List<Thread> writers = new ArrayList<>();
    for (int replica = 0; replica < 3; replica++) {
      OutboxRelay relay = relay(Optional.empty());
      Outbox outbox = Outbox.open(relay::ring);
      relay.start();
      String name = "replica" + replica;
      writers.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int i = 0; i < 200; i++) {
                      append(outbox, name + "-" + i);
                    }
                  }));
    }
    for (Thread writer : writers) {
      writer.join();
    }
    List<String> records = read(600);
    assertThat(records.stream().map(record -> Long.parseLong(record.split(" ", 2)[0])))
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 600).boxed().toList());
    assertThat(records.stream().map(record -> record.split(" ", 2)[1])).doesNotHaveDuplicates();
    await().atMost(LONG).until(() -> waiting() == 0);
  }

  @Test
  void anotherReplicaPublishesWhatADeadOneHasLeft() {
    append(Outbox.open(() -> {}), "left behind");
    relay(Optional.empty()).start();
    assertThat(read(1)).containsExactly("1 left behind");
  }

  @Test
  void eventsWaitForABrokerThatIsAway() {
    OutboxRelay relay = relay(Optional.empty());
    Outbox outbox = Outbox.open(relay::ring);
    relay.start();
    append(outbox, "one");
    assertThat(read(1)).containsExactly("1 one");
    kafka.stop();
    append(outbox, "two");
    append(outbox, "three");
    assertThat(waiting()).isEqualTo(2);
    kafka.start();
    assertThat(read(3).stream().map(record -> record.split(" ", 2)[1]).distinct())
        .containsExactly("one", "two", "three");
    await().atMost(LONG).until(() -> waiting() == 0);
  }

  @Test
  void theSecretIsMadeOnceAndIsTheSameForAll() {
    byte[] secret = OutboxRelay.secret(jdbi, topic);
    assertThat(secret).hasSize(32).isEqualTo(OutboxRelay.secret(jdbi, topic));
    assertThat(OutboxRelay.secret(jdbi, topic + ".other")).isNotEqualTo(secret);
  }

  @Test
  void aClosedOutboxKeepsNothing() {
    append(Outbox.closed(), "event");
    assertThat(waiting()).isZero();
  }

  private long waiting() {
    return jdbi.withHandle(
        handle -> handle.createQuery("SELECT count(*) FROM outbox").mapTo(Long.class).one());
  }

  private List<String> read(int atLeast) {
    Map<String, Object> config =
        Map.of("bootstrap.servers", kafka.bootstrap(), "auto.offset.reset", "earliest");
    List<String> records = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(new TopicPartition(topic, 0)));
      consumer.seekToBeginning(consumer.assignment());
      await()
          .atMost(LONG)
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(it -> records.add(it.value()));
                return records.size() >= atLeast;
              });
    }
    return records;
  }
}
