package org.rekey.verifier.follow;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.KeyLogGrpc;
import org.rekey.proto.keystore.v1.ReadRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sure road: reads what is missing from the keystore itself. One pull at a time, shared by all
/// who ask while it runs or waits its turn, and never more often than the configured interval.
final class Puller {
  private static final Logger LOGGER = LoggerFactory.getLogger(Puller.class);

  private final Channel keystore;
  private final FollowerConfig config;
  private final AppliedLog log;
  private final Alarms alarms;
  private final MeterRegistry meters;
  private final ScheduledExecutorService timer;
  private final Consumer<Pulled> listener;
  private @Nullable CompletableFuture<PullOutcome> asking;
  private @Nullable CompletableFuture<PullOutcome> next;
  private long earliestNext = System.nanoTime();
  private volatile boolean failing;

  Puller(
      Channel keystore,
      FollowerConfig config,
      AppliedLog log,
      Alarms alarms,
      MeterRegistry meters,
      ScheduledExecutorService timer,
      Consumer<Pulled> listener) {
    this.keystore = keystore;
    this.config = config;
    this.log = log;
    this.alarms = alarms;
    this.meters = meters;
    this.timer = timer;
    this.listener = listener;
  }

  /// Joins the next pull and never the one under way: the keystore may have answered that before
  /// the token at hand was signed (ADR 12, i).
  synchronized CompletableFuture<PullOutcome> pull() {
    if (next == null) {
      next = new CompletableFuture<>();
      if (asking == null) {
        schedule(next);
      }
    }
    return next;
  }

  private void schedule(CompletableFuture<PullOutcome> pull) {
    var wait = Math.max(0, earliestNext - System.nanoTime());
    try {
      var _ =
          timer.schedule(
              () -> Thread.ofVirtual().name("rekey-keylog-pull").start(() -> run(pull)),
              wait,
              TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      pull.complete(new PullOutcome.Failed("closed"));
    }
  }

  /// Sends everybody home who still waits.
  synchronized void close() {
    for (var pull : Arrays.asList(asking, next)) {
      if (pull != null) {
        pull.complete(new PullOutcome.Failed("closed"));
      }
    }
  }

  private void run(CompletableFuture<PullOutcome> pull) {
    synchronized (this) {
      asking = pull;
      next = null;
      earliestNext = System.nanoTime() + config.pullInterval().toNanos();
    }
    var before = log.map().epoch();
    PullOutcome outcome;
    try {
      outcome = read();
    } catch (RuntimeException e) {
      LOGGER.atError().setCause(e).log("Key log pull broke");
      outcome = new PullOutcome.Failed(e.getClass().getSimpleName());
    }
    failing = outcome instanceof PullOutcome.Failed;
    synchronized (this) {
      asking = null;
      if (next != null) {
        schedule(next);
      }
    }
    meters.counter("rekey.keylog.pulls", "result", failing ? "failed" : "caught_up").increment();
    listener.accept(new Pulled(outcome, log.map().epoch() > before));
    pull.complete(outcome);
  }

  private PullOutcome read() {
    if (failing && keystore instanceof ManagedChannel channel) {
      // Otherwise a keystore that is back would be left alone for minutes: the channel's own pauses
      // grow long.
      channel.resetConnectBackoff();
    }
    var request = ReadRequest.newBuilder().setAfterEpoch(log.map().epoch()).build();
    var stub =
        KeyLogGrpc.newBlockingStub(keystore)
            .withDeadlineAfter(config.pullDeadline().toMillis(), TimeUnit.MILLISECONDS);
    try {
      var events = stub.read(request);
      while (events.hasNext()) {
        switch (log.offer(Road.GRPC, events.next())) {
          case APPLIED, DUPLICATE -> {}
          case GAP -> {
            return new PullOutcome.Failed("the keystore left out an event");
          }
          case REFUSED -> {
            return new PullOutcome.Failed("the keystore sent an event that is not genuine");
          }
        }
      }
      return new PullOutcome.CaughtUp(log.map().epoch());
    } catch (StatusRuntimeException e) {
      return failed(e.getStatus());
    }
  }

  private PullOutcome failed(Status status) {
    if (status.getCode() == Status.Code.OUT_OF_RANGE) {
      alarms.raise(
          Alarms.Kind.ROLLED_BACK,
          Road.GRPC,
          "the keystore's log ends before epoch " + log.map().epoch());
      return new PullOutcome.Failed("the keystore's log was rolled back");
    }
    return new PullOutcome.Failed("keystore answers " + status.getCode());
  }

  /// @param applied whether the map has moved
  record Pulled(PullOutcome outcome, boolean applied) {
    /// Whether the keystore itself was heard.
    boolean reached() {
      return outcome instanceof PullOutcome.CaughtUp;
    }
  }
}
