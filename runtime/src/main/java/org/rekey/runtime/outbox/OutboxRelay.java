package org.rekey.runtime.outbox;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.rekey.runtime.kafka.Publisher;

/// Brings the events of an [Outbox] to Kafka, at least once, whichever replica has written them:
/// what a replica leaves behind when it dies, another one publishes.
///
/// The lock on a topic's row makes one replica at a time the publisher, so events have one order
/// and one numbering. An event is taken out in the transaction that waits for Kafka's
/// acknowledgement; a crash in between publishes it again.
public final class OutboxRelay implements AutoCloseable {
  private static final int BATCH = 500;
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration FIRST_WAIT = Duration.ofMillis(5);
  private static final Duration LONGEST_WAIT = Duration.ofMillis(200);

  private final String service;
  private final String bootstrap;
  private final Jdbi jdbi;
  private final List<OutboxTopic> topics;
  private final Publisher publisher;
  private final Counter published;
  private volatile long waiting;

  /// @param service prefix of the client's name
  public OutboxRelay(
      String service, String bootstrap, Jdbi jdbi, List<OutboxTopic> topics, MeterRegistry meters) {
    this.service = service;
    this.bootstrap = bootstrap;
    this.jdbi = jdbi;
    this.topics = List.copyOf(topics);
    this.published =
        Counter.builder("rekey.outbox.published")
            .description("Events that Kafka has acknowledged, watermarks included")
            .register(meters);
    Gauge.builder("rekey.outbox.waiting", this, relay -> relay.waiting)
        .description("Events on their way to Kafka, counted now and then, up to 10000 a topic")
        .register(meters);
    this.publisher = new Publisher("outbox", bootstrap, LOOK_EVERY, new Waiting(), meters);
  }

  /// What the replicas of a service seal a topic's events with, made by the first one that asks.
  public static byte[] secret(Jdbi jdbi, String topic) {
    return jdbi.inTransaction(
        handle -> {
          handle
              .createUpdate(
                  """
                  INSERT INTO outbox_topic (topic, number, secret)
                  VALUES (:topic, 0, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
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
        topic.topic().ensure(bootstrap, "rekey-" + service);
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
  private record Turn(long number, Instant at) {}

  private record Event(long id, String key, ByteString value) {}

  private Step step(Handle handle, OutboxTopic topic, Producer<String, byte[]> producer)
      throws Exception {
    Optional<Turn> turn = turn(handle, topic);
    if (turn.isEmpty()) {
      return Step.ANOTHER_REPLICA;
    }
    List<Event> events = events(handle, topic);
    boolean all = events.size() < BATCH;
    long number = turn.get().number();
    List<Future<?>> sent = new ArrayList<>();
    for (Event event : events) {
      number++;
      sent.add(producer.send(record(topic, number, event.key(), event.value().toByteArray())));
    }
    if (all && topic.watermark().isPresent()) {
      number++;
      byte[] watermark = topic.watermark().get().apply(turn.get().at());
      sent.add(producer.send(record(topic, number, "", watermark)));
    }
    for (Future<?> one : sent) {
      one.get();
    }
    if (!sent.isEmpty()) {
      remove(handle, topic, events, number);
      published.increment(sent.size());
    }
    waiting = all ? 0 : waiting(topic);
    return all ? Step.DONE : Step.MORE;
  }

  private static Optional<Turn> turn(Handle handle, OutboxTopic topic) {
    return handle
        .createQuery(
            """
            SELECT number, clock_timestamp() AS at FROM outbox_topic
            WHERE topic = :topic FOR UPDATE SKIP LOCKED
            """)
        .bind("topic", topic.topic().name())
        .map((row, _) -> new Turn(row.getLong("number"), row.getTimestamp("at").toInstant()))
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

  private static void remove(Handle handle, OutboxTopic topic, List<Event> events, long number) {
    if (!events.isEmpty()) {
      handle
          .createUpdate("DELETE FROM outbox WHERE id = ANY(:ids)")
          .bindArray("ids", Long.class, events.stream().map(Event::id).toList())
          .execute();
    }
    handle
        .createUpdate("UPDATE outbox_topic SET number = :number WHERE topic = :topic")
        .bind("number", number)
        .bind("topic", topic.topic().name())
        .execute();
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
