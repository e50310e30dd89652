package org.rekey.verifier.follow;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the topic on a thread of its own, for as long as the follower lives, through whatever
/// happens to the broker.
final class KafkaRoad implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(KafkaRoad.class);
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration RETRY = Duration.ofMillis(250);
  private static final Duration REWIND_INTERVAL = Duration.ofSeconds(2);

  private final RecordSource.Factory factory;
  private final AppliedLog log;
  private final Pause pause;
  private final Duration silence;
  private final Listener listener;
  private final Thread thread;
  private volatile @Nullable RecordSource source;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean rewind;
  private long answeredAt;
  private volatile boolean answering;
  private long rewoundAt;

  KafkaRoad(
      RecordSource.Factory factory,
      AppliedLog log,
      Pause pause,
      Duration silence,
      Listener listener) {
    this.factory = factory;
    this.log = log;
    this.pause = pause;
    this.silence = silence;
    this.listener = listener;
    this.thread = Thread.ofPlatform().daemon().name("rekey-keylog-kafka").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /// Whether the broker has answered lately.
  boolean isAnswering() {
    return answering;
  }

  /// Reads the topic again from its start: something that was skipped may be there, and the other
  /// road is closed.
  void rewind() {
    rewind = true;
  }

  @Override
  public void close() {
    closed.countDown();
    var open = source;
    if (open != null) {
      open.wakeup();
    }
    try {
      thread.join(Duration.ofSeconds(2));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    var failures = 0;
    while (!isClosed()) {
      try (var opened = factory.open()) {
        source = opened;
        answeredAt = System.nanoTime();
        while (!isClosed()) {
          poll(opened);
          failures = answering ? 0 : failures;
        }
      } catch (RuntimeException e) {
        if (isClosed()) {
          return;
        }
        failures++;
        answering(false);
        LOGGER
            .atWarn()
            .addKeyValue("error", e.getClass().getSimpleName())
            .addKeyValue("failures", failures)
            .log("Kafka road broke, opening it again");
        waitClosed(pause.afterFailures(RETRY, failures));
      }
    }
  }

  private void poll(RecordSource opened) {
    if (rewind && System.nanoTime() - rewoundAt > REWIND_INTERVAL.toNanos()) {
      rewind = false;
      rewoundAt = System.nanoTime();
      opened.rewind();
    }
    var poll = opened.poll(POLL);
    if (poll.answered()) {
      answeredAt = System.nanoTime();
      answering(true);
    } else if (System.nanoTime() - answeredAt > silence.toNanos()) {
      answering(false);
    }
    var applied = false;
    var doubtful = false;
    for (var value : poll.values()) {
      switch (log.offer(Road.KAFKA, value)) {
        case APPLIED -> applied = true;
        case DUPLICATE -> {}
        case GAP, REFUSED -> doubtful = true;
      }
    }
    if (poll.answered()) {
      listener.heard(applied, doubtful, poll.atEnd());
    }
  }

  private void answering(boolean now) {
    if (answering == now) {
      return;
    }
    answering = now;
    LOGGER.atInfo().addKeyValue("answering", now).log("Kafka road changed");
    listener.changed(now);
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void waitClosed(Duration atMost) {
    try {
      var _ = closed.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Called on the road's thread; must not block.
  interface Listener {
    /// @param applied the map has moved
    /// @param doubtful a record was skipped
    /// @param atEnd all of the topic has been read
    void heard(boolean applied, boolean doubtful, boolean atEnd);

    void changed(boolean answering);
  }
}
