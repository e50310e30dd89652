package org.rekey.runtime.outbox;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.rekey.runtime.kafka.KafkaCluster;
import org.rekey.runtime.kafka.Publisher;

/// Brings the events of an [Outbox] to Kafka, at least once, whichever replica has written them:
/// what a replica leaves behind when it dies, another one publishes.
///
/// The lock on a topic's row makes one replica at a time the publisher, so events have one order
/// and one numbering. An event is taken out in the transaction that waits for Kafka's
/// acknowledgement; a crash in between publishes it again, under another number: numbers come from
/// a sequence, which no rollback turns back, so what was lost always leaves a hole.
public final class OutboxRelay implements AutoCloseable {
  private static final int BATCH = 500;
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration FIRST_WAIT = Duration.ofMillis(5);
  private static final Duration LONGEST_WAIT = Duration.ofMillis(200);

  private final String service;
  private final KafkaCluster kafka;
  private final Jdbi jdbi;
  private final List<OutboxTopic> topics;
  private final Publisher publisher;
  private final Counter published;
  private volatile long waiting;

  /// @param service prefix of the client's name
  public OutboxRelay(
      String service,
      KafkaCluster kafka,
      Jdbi jdbi,
      List<OutboxTopic> topics,
      MeterRegistry meters) {
    this.service = service;
    this.kafka = kafka;
    this.jdbi = jdbi;
    this.topics = List.copyOf(topics);
    this.published =
        Counter.builder("rekey.outbox.published")
            .description("Events that Kafka has acknowledged, watermarks included")
            .register(meters);
    Gauge.builder("rekey.outbox.waiting", this, relay -> relay.waiting)
        .description("Events on their way to Kafka, counted now and then, up to 10000 a topic")
        .register(meters);
    this.publisher = new Publisher("outbox", kafka, LOOK_EVERY, new Waiting(), meters);
  }

  /// What the replicas of a service seal a topic's events with, made by the first one that asks.
  public static byte[] secret(Jdbi jdbi, String topic) {
    return jdbi.inTransaction(
        handle -> {
          // Without it, two that make the sequence at once fail.
          handle.execute("SELECT pg_advisory_xact_lock(hashtext('outbox'))");
          handle.execute("CREATE SEQUENCE IF NOT EXISTS " + sequence(topic));
          handle
              .createUpdate(
                  """
                  INSERT INTO outbox_topic (topic, secret)
                  VALUES (:topic, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
                  ON CONFLICT (topic) DO NOTHING
                  """)
              .bind("topic", topic)
              .execute();
          return handle
              .createQuery("SELECT secret FROM outbox_topic WHERE topic = :topic")
              .bind("topic", topic)
              .mapTo(byte[].class)
              .one();
        });
  }

  public void start() {
    publisher.start();
  }

  /// An event has been committed. Never blocks.
  public void ring() {
    publisher.ring();
  }

  @Override
  public void close() {
    publisher.close();
  }

  private final class Waiting implements Publisher.Backlog {
    @Override
    public void open() throws Exception {
      waiting = topics.stream().mapToLong(OutboxRelay.this::waiting).sum();
      for (OutboxTopic topic : topics) {
        var _ = secret(jdbi, topic.topic().name());
        topic.topic().ensure(kafka, "rekey-" + service);
      }
    }

    @Override
    public void publish(Producer<String, byte[]> producer) throws Exception {
      for (OutboxTopic topic : topics) {
        drain(topic, producer);
      }
    }
  }

  private void drain(OutboxTopic topic, Producer<String, byte[]> producer) throws Exception {
    Duration wait = FIRST_WAIT;
    while (true) {
      Step step = jdbi.inTransaction(handle -> step(handle, topic, producer));
      switch (step) {
        case DONE -> {
          return;
        }
        case MORE -> wait = FIRST_WAIT;
        case ANOTHER_REPLICA -> {
          if (waiting(topic) == 0) {
            return;
          }
          Thread.sleep(wait);
          Duration doubled = wait.multipliedBy(2);
          wait = doubled.compareTo(LONGEST_WAIT) < 0 ? doubled : LONGEST_WAIT;
        }
      }
    }
  }

  private enum Step {
    DONE,
    MORE,
    ANOTHER_REPLICA
  }

  /// @param at a moment before the events are read: all that was committed by then is among them
  private record Turn(Instant at) {}

  private record Event(long id, String key, ByteString value) {}

  private Step step(Handle handle, OutboxTopic topic, Producer<String, byte[]> producer)
      throws Exception {
    Optional<Turn> turn = turn(handle, topic);
    if (turn.isEmpty()) {
      return Step.ANOTHER_REPLICA;
    }
    List<Event> events = events(handle, topic);
    boolean all = events.size() < BATCH;
    boolean marks = all && topic.watermark().isPresent();
    Iterator<Long> numbers = numbers(handle, topic, events.size() + (marks ? 1 : 0));
    List<Future<?>> sent = new ArrayList<>();
    for (Event event : events) {
      sent.add(
          producer.send(record(topic, numbers.next(), event.key(), event.value().toByteArray())));
    }
    if (marks) {
      byte[] watermark = topic.watermark().orElseThrow().apply(turn.get().at());
      sent.add(producer.send(record(topic, numbers.next(), "", watermark)));
    }
    for (Future<?> one : sent) {
      one.get();
    }
    if (!sent.isEmpty()) {
      remove(handle, events);
      published.increment(sent.size());
    }
    waiting = all ? 0 : waiting(topic);
    return all ? Step.DONE : Step.MORE;
  }

  private static Optional<Turn> turn(Handle handle, OutboxTopic topic) {
    return handle
        .createQuery(
            """
            SELECT clock_timestamp() AS at FROM outbox_topic
            WHERE topic = :topic FOR UPDATE SKIP LOCKED
            """)
        .bind("topic", topic.topic().name())
        .map((row, _) -> new Turn(row.getTimestamp("at").toInstant()))
        .findOne();
  }

  private static List<Event> events(Handle handle, OutboxTopic topic) {
    return handle
        .createQuery(
            "SELECT id, key, value FROM outbox WHERE topic = :topic ORDER BY id LIMIT :limit")
        .bind("topic", topic.topic().name())
        .bind("limit", BATCH)
        .map(
            (row, _) ->
                new Event(
                    row.getLong("id"),
                    row.getString("key"),
                    ByteString.copyFrom(row.getBytes("value"))))
        .list();
  }

  private static Iterator<Long> numbers(Handle handle, OutboxTopic topic, int count) {
    return handle
        .createQuery("SELECT nextval(:sequence::regclass) FROM generate_series(1, :count)")
        .bind("sequence", sequence(topic.topic().name()))
        .bind("count", count)
        .mapTo(Long.class)
        .list()
        .iterator();
  }

  /// Quoted, because the names of topics have dots.
  private static String sequence(String topic) {
    if (!topic.matches("[a-z0-9.-]{1,50}")) {
      throw new IllegalArgumentException(topic + " (expected: 1 to 50 of a-z, 0-9, '.' and '-')");
    }
    return '"' + "number of " + topic + '"';
  }

  private static void remove(Handle handle, List<Event> events) {
    if (!events.isEmpty()) {
      handle
          .createUpdate("DELETE FROM outbox WHERE id = ANY(:ids)")
          .bindArray("ids", Long.class, events.stream().map(Event::id).toList())
          .execute();
    }
  }

  private static ProducerRecord<String, byte[]> record(
      OutboxTopic topic, long number, String key, byte[] value) {
    return new ProducerRecord<>(topic.topic().name(), 0, key, topic.seal().seal(number, value));
  }

  private long waiting(OutboxTopic topic) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT count(*) FROM (
                      SELECT 1 FROM outbox WHERE topic = :topic LIMIT 10000) AS waiting
                    """)
                .bind("topic", topic.topic().name())
                .mapTo(Long.class)
                .one());
  }
}
