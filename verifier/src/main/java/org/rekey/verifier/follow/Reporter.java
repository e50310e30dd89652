package org.rekey.verifier.follow;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.KeyLogGrpc;
import org.rekey.proto.keystore.v1.ReportRequest;
import org.rekey.proto.keystore.v1.ReportResponse;
import org.rekey.verifier.key.Alg;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the keystore what has been applied: at once after every change, and three times per lease.
/// One report at a time; a change during one is followed by another.
final class Reporter {
  private static final Logger LOGGER = LoggerFactory.getLogger(Reporter.class);
  private static final Duration FIRST_LEASE = Duration.ofSeconds(15);
  private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
  private static final Duration RETRY = Duration.ofMillis(250);

  private final Channel keystore;
  private final FollowerConfig config;
  private final AppliedLog log;
  private final KeyBooks books;
  private final Alarms alarms;
  private final MeterRegistry meters;
  private final Pause pause;
  private final ScheduledExecutorService timer;
  private final LongConsumer headListener;
  private final List<String> algs;

  private boolean running;
  private boolean again;
  private @Nullable ScheduledFuture<?> next;
  private Duration lease = FIRST_LEASE;
  private int failures;
  private boolean countAnew;
  private boolean isDoubted;
  private volatile Answered answered = Answered.NEVER;

  Reporter(
      Channel keystore,
      FollowerConfig config,
      AppliedLog log,
      KeyBooks books,
      Alarms alarms,
      MeterRegistry meters,
      Pause pause,
      ScheduledExecutorService timer,
      LongConsumer headListener) {
    this.keystore = keystore;
    this.config = config;
    this.algs = config.algs().stream().map(Alg::jwsName).toList();
    this.log = log;
    this.books = books;
    this.alarms = alarms;
    this.meters = meters;
    this.pause = pause;
    this.timer = timer;
    this.headListener = headListener;
  }

  synchronized void reportNow() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    if (next != null) {
      next.cancel(false);
    }
    Thread.ofVirtual().name("rekey-keylog-report").start(this::run);
  }

  /// Whether the keystore counts on this verifier's ack: its lease runs, and it has applied what
  /// the log had when that was told (ADR 12, f and j).
  boolean isWaitedFor() {
    var last = answered;
    return System.nanoTime() - last.untilNanos() < 0 && log.map().epoch() >= last.head();
  }

  private void run() {
    var asked = System.nanoTime();
    var sent = send(countAnew);
    if (sent != null) {
      answered = new Answered(asked + lease(sent).toNanos(), sent.getHeadEpoch());
      headListener.accept(sent.getHeadEpoch());
    }
    synchronized (this) {
      running = false;
      countAnew = sent != null && sent.getCountUsage() && !countAnew;
      var changed = again || countAnew;
      again = false;
      if (sent == null) {
        failures++;
        schedule(pause.afterFailures(RETRY, failures));
        return;
      }
      failures = 0;
      lease = lease(sent);
      if (changed) {
        reportNow();
      } else {
        schedule(pause.jittered(lease.dividedBy(3)));
      }
    }
  }

  private @Nullable ReportResponse send(boolean anew) {
    try {
      var response =
          KeyLogGrpc.newBlockingStub(keystore)
              .withDeadlineAfter(config.reportDeadline().toMillis(), TimeUnit.MILLISECONDS)
              .report(request(anew));
      isDoubted = false;
      meters.counter("rekey.keylog.reports", "result", "ok").increment();
      return response;
    } catch (StatusRuntimeException e) {
      isDoubted = e.getStatus().getCode() == Status.Code.OUT_OF_RANGE;
      meters.counter("rekey.keylog.reports", "result", "failed").increment();
      LOGGER
          .atDebug()
          .addKeyValue("code", e.getStatus().getCode())
          .log("Report to the keystore failed");
      return null;
    } catch (RuntimeException e) {
      // A report without usage would say that nothing hangs on any key.
      meters.counter("rekey.keylog.reports", "result", "failed").increment();
      alarms.raise(Alarms.Kind.USAGE_UNKNOWN, Road.GRPC, e.getClass().getSimpleName());
      LOGGER.atDebug().setCause(e).log("Report to the keystore not sent");
      return null;
    }
  }

  private ReportRequest request(boolean anew) {
    var counted = books.counted(anew);
    var map = log.map();
    var request =
        ReportRequest.newBuilder()
            .setVerifier(config.verifier())
            .setEpoch(map.epoch())
            .setKeySetHash(ByteString.copyFrom(map.keySetHash()))
            .addAllAlgs(algs)
            .addAllUsage(counted.usage())
            .addAllVerdicts(books.verdicts());
    if (!counted.age().isNegative()) {
      request.setUsageAge(duration(counted.age()));
    }
    if (isDoubted) {
      // The keystore's log is shorter than ours: it may only take the word of the log key for that.
      log.newest().ifPresent(request::setNewest);
    }
    log.newestPropagation().ifPresent(taken -> request.setPropagation(duration(taken)));
    return request.build();
  }

  private static com.google.protobuf.Duration duration(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  private void schedule(Duration in) {
    try {
      next = timer.schedule(this::reportNow, in.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOGGER.atDebug().log("Follower closed, no more reports");
    }
  }

  private static Duration lease(ReportResponse response) {
    var lease =
        Duration.ofSeconds(response.getLease().getSeconds(), response.getLease().getNanos());
    return lease.compareTo(SHORTEST_LEASE) < 0 ? SHORTEST_LEASE : lease;
  }

  /// @param untilNanos when the lease that the answer gave ends
  /// @param head the newest epoch that it named
  private record Answered(long untilNanos, long head) {
    static final Answered NEVER = new Answered(System.nanoTime(), 0);
  }
}
