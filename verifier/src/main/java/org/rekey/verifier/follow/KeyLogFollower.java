package org.rekey.verifier.follow;

import io.grpc.Channel;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.log.LogKey;
import org.rekey.verifier.map.KidMap;

/// Keeps a kid map up to date: by Kafka within milliseconds, by gRPC whatever happens to Kafka.
/// With both roads down it keeps what it has and tries again, ever more slowly.
///
/// ```java
/// var follower = new KeyLogFollower(
///     config, trustedLogKeys, channel, kafka, books, meters, clock, random);
/// follower.start();
/// follower.awaitReady(Duration.ofSeconds(10));
/// var verifier = new TokenVerifier(follower, TokenVerifierConfig.defaults());
/// ```
public final class KeyLogFollower implements KeySource, AutoCloseable {
  private final FollowerConfig config;
  private final AppliedLog log;
  private final Puller puller;
  private final Reporter reporter;
  private final @Nullable TopicReader kafka;
  private final Pause pause;
  private final ScheduledExecutorService timer;
  private final CountDownLatch ready = new CountDownLatch(1);
  private volatile long heardAt = System.nanoTime();
  private @Nullable ScheduledFuture<?> nextPull;
  private int pullFailures;

  /// @param trusted the keystore's log keys
  /// @param keystore a channel to keystore-svc, not closed here
  /// @param kafka the topic; null to live on gRPC alone
  /// @param books what hangs on each kid and how many tokens were accepted of it
  public KeyLogFollower(
      FollowerConfig config,
      Collection<LogKey> trusted,
      Channel keystore,
      RecordSource.@Nullable Factory kafka,
      KeyBooks books,
      MeterRegistry meters,
      InstantSource clock,
      RandomGenerator random) {
    var alarms = new Alarms(meters);
    var scheduler =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("rekey-keylog-timer").factory());
    scheduler.setRemoveOnCancelPolicy(true);
    this.config = config;
    this.timer = scheduler;
    this.pause = new Pause(random, config.retryAtMost());
    this.log = new AppliedLog(trusted, meters, alarms, clock);
    this.puller = new Puller(keystore, config, log, alarms, meters, timer, this::pulled);
    this.reporter =
        new Reporter(
            keystore, config, log, books, alarms, meters, pause, timer, this::headReported);
    this.kafka =
        kafka == null
            ? null
            : new TopicReader(
                "keylog-kafka",
                kafka,
                random,
                config.retryAtMost(),
                config.kafkaSilence(),
                new KafkaListener());
    Gauge.builder("rekey.keylog.epoch", log, applied -> applied.map().epoch())
        .description("The last key event applied")
        .register(meters);
    Gauge.builder("rekey.keylog.staleness", this, follower -> follower.staleness().toNanos() / 1e9)
        .description("Since the key log was last heard on either road")
        .baseUnit("seconds")
        .register(meters);
  }

  /// Begins to follow; returns at once.
  public void start() {
    if (kafka != null) {
      kafka.start();
    }
    var _ = puller.pull();
    reporter.reportNow();
  }

  @Override
  public KidMap map() {
    return log.map();
  }

  @Override
  public CompletionStage<PullOutcome> pull() {
    return puller.pull();
  }

  @Override
  public boolean isWaitedFor() {
    return reporter.isWaitedFor();
  }

  /// Waits until the log has been read to its end once, on either road.
  ///
  /// @return false if that did not happen in time
  public boolean awaitReady(Duration atMost) throws InterruptedException {
    return ready.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// How it stands, for health checks and people.
  public Status status() {
    return new Status(
        ready.getCount() == 0,
        log.map().epoch(),
        kafka != null && kafka.isAnswering(),
        staleness());
  }

  /// Stops following; the map stays as it is.
  @Override
  public void close() {
    timer.shutdownNow();
    puller.close();
    if (kafka != null) {
      kafka.close();
    }
  }

  private Duration staleness() {
    return Duration.ofNanos(System.nanoTime() - heardAt);
  }

  private void heard() {
    heardAt = System.nanoTime();
  }

  private void pulled(Puller.Pulled pulled) {
    if (pulled.applied()) {
      reporter.reportNow();
    }
    synchronized (this) {
      if (pulled.reached()) {
        heard();
        ready.countDown();
        pullFailures = 0;
        schedulePull(pause.jittered(heartbeat()));
      } else {
        pullFailures++;
        schedulePull(pause.afterFailures(config.heartbeatWithoutKafka(), pullFailures));
      }
    }
  }

  private Duration heartbeat() {
    return kafka != null && kafka.isAnswering()
        ? config.heartbeat()
        : config.heartbeatWithoutKafka();
  }

  /// A report's answer names the newest epoch: cheaper than waiting for the next heartbeat.
  private void headReported(long head) {
    if (head > log.map().epoch()) {
      var _ = puller.pull();
    }
  }

  private synchronized void schedulePull(Duration in) {
    if (nextPull != null) {
      nextPull.cancel(false);
    }
    try {
      nextPull =
          timer.schedule(
              () -> {
                var _ = puller.pull();
              },
              in.toNanos(),
              TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      nextPull = null;
    }
  }

  private final class KafkaListener implements TopicReader.Listener {
    @Override
    public void heard(List<byte[]> values, boolean atEnd) {
      var applied = false;
      var doubtful = false;
      for (var value : values) {
        switch (log.offer(Road.KAFKA, value)) {
          case APPLIED -> applied = true;
          case DUPLICATE -> {}
          case GAP, REFUSED -> doubtful = true;
        }
      }
      KeyLogFollower.this.heard();
      if (applied) {
        reporter.reportNow();
      }
      if (doubtful) {
        var _ = puller.pull().thenAccept(this::rewindIfStillBehind);
      }
      if (atEnd && log.map().epoch() > 0 && !log.isBehind()) {
        ready.countDown();
      }
    }

    @Override
    public void changed(boolean answering) {
      if (!answering) {
        schedulePull(pause.jittered(config.heartbeatWithoutKafka()));
      }
    }

    private void rewindIfStillBehind(PullOutcome outcome) {
      if (kafka != null && outcome instanceof PullOutcome.Failed && log.isBehind()) {
        kafka.rewind();
      }
    }
  }

  /// @param ready the log has been read to its end once
  /// @param kafkaAnswering whether the fast road is open
  /// @param staleness since the log was last heard on either road
  public record Status(boolean ready, long epoch, boolean kafkaAnswering, Duration staleness) {}
}
