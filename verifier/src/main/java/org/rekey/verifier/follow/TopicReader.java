package org.rekey.verifier.follow;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads a topic on a thread of its own, for as long as its owner lives, through whatever happens
/// to the broker.
public final class TopicReader implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(TopicReader.class);
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration RETRY = Duration.ofMillis(250);
  private static final Duration REWIND_INTERVAL = Duration.ofSeconds(2);

  private final String name;
  private final RecordSource.Factory factory;
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

  /// @param name of what is read, for logs and the thread
  /// @param retryAtMost the longest pause before the topic is opened again
  /// @param silence how long the broker may owe an answer before it counts as down
  public TopicReader(
      String name,
      RecordSource.Factory factory,
      RandomGenerator random,
      Duration retryAtMost,
      Duration silence,
      Listener listener) {
    this.name = name;
    this.factory = factory;
    this.pause = new Pause(random, retryAtMost);
    this.silence = silence;
    this.listener = listener;
    this.thread = Thread.ofPlatform().daemon().name("rekey-" + name).unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  /// Whether the broker has answered lately.
  public boolean isAnswering() {
    return answering;
  }

  /// Reads the topic again from its start: something that was skipped may be there, and the other
  /// road is closed.
  public void rewind() {
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
            .addKeyValue("topic", name)
            .log("Kafka topic cannot be read, opening it again");
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
    if (poll.answered()) {
      listener.heard(poll.values(), poll.atEnd());
    }
  }

  private void answering(boolean now) {
    if (answering == now) {
      return;
    }
    answering = now;
    LOGGER
        .atInfo()
        .addKeyValue("topic", name)
        .addKeyValue("answering", now)
        .log("Kafka topic changed");
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

  /// Called on the reader's thread; must not block.
  public interface Listener {
    /// The broker has answered.
    ///
    /// @param values what came, in order; may be empty
    /// @param atEnd whether there is nothing more at the moment
    void heard(List<byte[]> values, boolean atEnd);

    void changed(boolean answering);
  }
}
