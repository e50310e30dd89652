package org.rekey.runtime.kafka;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread that brings what waits in a store to Kafka, when it is told and now and then. While
/// Kafka or the store is away it tries again and again, and says so once.
public final class Publisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /// What waits.
  public interface Backlog {
    /// Called before the first [#publish] and again after each failure.
    void open() throws Exception;

    /// Publishes everything that waits now. What it throws means that Kafka or the store is away.
    void publish(Producer<String, byte[]> producer) throws Exception;
  }

  private final String name;
  private final KafkaCluster kafka;
  private final Duration lookEvery;
  private final Backlog backlog;
  private final Semaphore bell = new Semaphore(0);
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean away;

  /// @param name of the thread, the Kafka client and, with dots, the metric `rekey.NAME.away`
  /// @param lookEvery how often the backlog is looked at although nobody has rung
  public Publisher(
      String name, KafkaCluster kafka, Duration lookEvery, Backlog backlog, MeterRegistry meters) {
    this.name = name;
    this.kafka = kafka;
    this.lookEvery = lookEvery;
    this.backlog = backlog;
    this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    Gauge.builder("rekey." + name.replace('-', '.') + ".away", this, it -> it.away ? 1 : 0)
        .description("1 while events cannot be published")
        .register(meters);
  }

  public void start() {
    thread.start();
  }

  /// Something new waits. Never blocks.
  public void ring() {
    bell.release();
  }

  private void run() {
    Duration pause = FIRST_PAUSE;
    while (!closed) {
      try {
        backlog.open();
        Producer<String, byte[]> producer = producer();
        try {
          backlog.publish(producer);
          back();
          pause = FIRST_PAUSE;
          while (!closed) {
            await();
            backlog.publish(producer);
          }
        } finally {
          producer.close(Duration.ZERO);
        }
      } catch (InterruptedException | InterruptException e) {
        return;
      } catch (Throwable e) {
        // An Error too: who dies silently here leaves events behind for ever.
        failed(e);
        try {
          Thread.sleep(pause);
        } catch (InterruptedException interrupted) {
          return;
        }
        Duration doubled = pause.multipliedBy(2);
        pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
      }
    }
  }

  private Producer<String, byte[]> producer() {
    Map<String, Object> config = kafka.client();
    config.putAll(
        Map.of(
            ProducerConfig.CLIENT_ID_CONFIG, "rekey-" + name,
            ProducerConfig.ACKS_CONFIG, "all",
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true,
            ProducerConfig.LINGER_MS_CONFIG, 0,
            ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000,
            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, 10_000,
            ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000,
            ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 5_000));
    return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }

  private void await() throws InterruptedException {
    if (bell.tryAcquire(lookEvery.toMillis(), TimeUnit.MILLISECONDS)) {
      bell.drainPermits();
    }
  }

  private void failed(Throwable e) {
    if (away) {
      LOG.atDebug().addKeyValue("publisher", name).setCause(e).log("events still not published");
      return;
    }
    away = true;
    Throwable cause = e.getCause() == null ? e : e.getCause();
    LOG.atWarn()
        .addKeyValue("publisher", name)
        .addKeyValue("kafka", kafka)
        .addKeyValue("error", cause.getClass().getSimpleName() + ": " + cause.getMessage())
        .log("events cannot be published; they wait, and everybody goes on without Kafka");
  }

  private void back() {
    if (away) {
      away = false;
      LOG.atInfo()
          .addKeyValue("publisher", name)
          .addKeyValue("kafka", kafka)
          .log("events are published again");
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
