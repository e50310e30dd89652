package org.rekey.keystore.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.runtime.kafka.KafkaCluster;
import org.rekey.runtime.kafka.Publisher;
import org.rekey.runtime.kafka.Topic;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings every event to Kafka, in order, at least once. Verifiers read the log over gRPC while
/// Kafka is away.
public final class KeyLogPublisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyLogPublisher.class);
  static final Topic TOPIC = Topic.keptForEver("rekey.keystore.key-log.v1");
  private static final int BATCH = 500;
  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

  private final KafkaCluster kafka;
  private final KeyHistory history;
  private final Publications publications;
  private final KeyLogTopic topic;
  private final Publisher publisher;
  private volatile long published;

  public KeyLogPublisher(
      KafkaCluster kafka,
      KeyHistory history,
      Publications publications,
      KeyLogTopic topic,
      MeterRegistry meters) {
    this.kafka = kafka;
    this.history = history;
    this.publications = publications;
    this.topic = topic;
    this.publisher = new Publisher("key-log", kafka, LOOK_EVERY, new Unpublished(), meters);
    Gauge.builder("rekey.key.log.lag", this, KeyLogPublisher::lag)
        .description("Events that are not yet in Kafka")
        .register(meters);
  }

  public void start() {
    history.onEvent(publisher::ring);
    publisher.start();
  }

  public long lag() {
    return Math.max(0, history.head() - published);
  }

  @Override
  public void close() {
    publisher.close();
  }

  /// A second history must not get out.
  private void throwIfClosed() {
    history
        .closed()
        .ifPresent(
            why -> {
              throw new IllegalStateException(why);
            });
  }

  private final class Unpublished implements Publisher.Backlog {
    /// A topic without records although some were published is a new one: all is published again.
    @Override
    public void open() throws InterruptedException, ExecutionException {
      long records = TOPIC.ensure(kafka, "rekey-keystore");
      if (records > 0) {
        topic.compare();
      }
      throwIfClosed();
      published = publications.published(TOPIC.name());
      if (records == 0 && published > 0) {
        LOG.atWarn()
            .addKeyValue("topic", TOPIC.name())
            .log("Kafka topic has lost the key log; publishing all of it again");
        publications.move(TOPIC.name(), 0);
        published = 0;
      }
    }

    @Override
    public void publish(Producer<String, byte[]> producer)
        throws InterruptedException, ExecutionException {
      while (true) {
        throwIfClosed();
        var events = history.after(published, BATCH);
        if (events.isEmpty()) {
          return;
        }
        var sent = new ArrayList<Future<?>>(events.size());
        long epoch = published;
        for (SignedKeyEvent event : events) {
          epoch++;
          sent.add(producer.send(record(epoch, event)));
        }
        for (Future<?> one : sent) {
          one.get();
        }
        publications.move(TOPIC.name(), epoch);
        published = epoch;
      }
    }
  }

  private static ProducerRecord<String, byte[]> record(long epoch, SignedKeyEvent signed) {
    try {
      var event = KeyEvent.parseFrom(signed.getEvent());
      var record =
          new ProducerRecord<>(TOPIC.name(), 0, Long.toString(epoch), signed.toByteArray());
      record
          .headers()
          .add("epoch", Long.toString(epoch).getBytes(UTF_8))
          .add("type", event.getChangeCase().name().getBytes(UTF_8))
          .add("ring", event.getRing().getBytes(UTF_8))
          .add("kid", Long.toUnsignedString(event.getKid()).getBytes(UTF_8));
      return record;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(
          "event " + epoch + ": no KeyEvent (expected: proven at start)", e);
    }
  }
}
