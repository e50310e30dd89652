package org.rekey.keystore.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings every event to Kafka, in order, at least once. While Kafka or the database is away it
/// tries again and again, and says so once.
public final class KeyLogPublisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyLogPublisher.class);
  private static final int BATCH = 500;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);

  private final String bootstrap;
  private final KeyHistory history;
  private final Publications publications;
  private final Semaphore bell = new Semaphore(0);
  private final Thread thread =
      Thread.ofPlatform().name("key-log-publisher").daemon().unstarted(this::run);
  private volatile boolean closed;
  private volatile long published;
  private volatile boolean away;

  public KeyLogPublisher(
      String bootstrap, KeyHistory history, Publications publications, MeterRegistry meters) {
    this.bootstrap = bootstrap;
    this.history = history;
    this.publications = publications;
    Gauge.builder("rekey.keystore.outbox.lag", this, KeyLogPublisher::lag)
        .description("Events that are not yet in Kafka")
        .register(meters);
    Gauge.builder("rekey.keystore.outbox.away", this, publisher -> publisher.away ? 1 : 0)
        .description("1 while events cannot be published")
        .register(meters);
  }

  public void start() {
    history.onEvent(bell::release);
    thread.start();
  }

  public long lag() {
    return Math.max(0, history.head() - published);
  }

  private void run() {
    var pause = FIRST_PAUSE;
    while (!closed) {
      try {
        published = position();
        var producer = producer();
        try {
          publishFrom(producer);
          back();
          pause = FIRST_PAUSE;
          while (!closed) {
            await(LOOK_EVERY);
            publishFrom(producer);
          }
        } finally {
          producer.close(Duration.ZERO);
        }
      } catch (InterruptedException | InterruptException e) {
        return;
      } catch (ExecutionException | RuntimeException e) {
        failed(e);
        try {
          Thread.sleep(pause);
        } catch (InterruptedException interrupted) {
          return;
        }
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                ? pause.multipliedBy(2)
                : LONGEST_PAUSE;
      }
    }
  }

  /// A topic without records although some were published is a new one: all is published again.
  private long position() throws InterruptedException, ExecutionException {
    var records = KeyLogTopic.ensure(bootstrap);
    var position = publications.published(KeyLogTopic.NAME);
    if (records > 0 || position == 0) {
      return position;
    }
    LOG.atWarn()
        .addKeyValue("topic", KeyLogTopic.NAME)
        .log("Kafka topic has lost the key log; publishing all of it again");
    publications.move(KeyLogTopic.NAME, 0);
    return 0;
  }

  private void publishFrom(Producer<String, byte[]> producer)
      throws InterruptedException, ExecutionException {
    while (true) {
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
      publications.move(KeyLogTopic.NAME, epoch);
      published = epoch;
    }
  }

  private static ProducerRecord<String, byte[]> record(long epoch, SignedKeyEvent signed) {
    try {
      var event = KeyEvent.parseFrom(signed.getEvent());
      var record =
          new ProducerRecord<>(KeyLogTopic.NAME, 0, Long.toString(epoch), signed.toByteArray());
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

  private Producer<String, byte[]> producer() {
    Map<String, Object> config =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap,
            ProducerConfig.CLIENT_ID_CONFIG, "rekey-keystore",
            ProducerConfig.ACKS_CONFIG, "all",
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true,
            ProducerConfig.LINGER_MS_CONFIG, 0,
            ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000,
            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000,
            ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000,
            ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 5_000);
    return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }

  private void await(Duration duration) throws InterruptedException {
    if (bell.tryAcquire(duration.toMillis(), TimeUnit.MILLISECONDS)) {
      bell.drainPermits();
    }
  }

  private void failed(Exception e) {
    if (away) {
      LOG.atDebug().setCause(e).log("Key log still not published");
      return;
    }
    away = true;
    var cause = e.getCause() == null ? e : e.getCause();
    LOG.atWarn()
        .addKeyValue("kafka", bootstrap)
        .addKeyValue("error", cause.getClass().getSimpleName() + ": " + cause.getMessage())
        .log("Key log cannot be published; verifiers read it over gRPC meanwhile");
  }

  private void back() {
    if (away) {
      away = false;
      LOG.atInfo().addKeyValue("kafka", bootstrap).log("Key log is published again");
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
