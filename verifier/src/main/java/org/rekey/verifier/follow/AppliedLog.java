package org.rekey.verifier.follow;

import com.google.protobuf.InvalidProtocolBufferException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.log.ChainCursor;
import org.rekey.verifier.log.LogKey;
import org.rekey.verifier.map.KidMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where both roads meet: every record is judged here, in the order of arrival, and only the next
/// genuine event moves the map. So it does not matter what a road loses, doubles, reorders or
/// invents.
final class AppliedLog {
  private static final Logger LOGGER = LoggerFactory.getLogger(AppliedLog.class);

  private final ChainCursor cursor;
  private final AtomicReference<KidMap> map = new AtomicReference<>(KidMap.empty());
  private final MeterRegistry meters;
  private final Alarms alarms;
  private final InstantSource clock;
  private final Instant startedAt;
  private final Timer propagation;
  private volatile @Nullable Duration newestPropagation;
  private volatile long newestSeen;
  private volatile @Nullable SignedKeyEvent newest;

  AppliedLog(Collection<LogKey> trusted, MeterRegistry meters, Alarms alarms, InstantSource clock) {
    this.cursor = ChainCursor.atGenesis(trusted);
    this.meters = meters;
    this.alarms = alarms;
    this.clock = clock;
    this.startedAt = clock.instant();
    this.propagation =
        Timer.builder("rekey.keylog.propagation")
            .description("From an event's `at` to its being applied here")
            .publishPercentiles(0.5, 0.99)
            .register(meters);
  }

  KidMap map() {
    return map.get();
  }

  /// The last event that was applied, as it came: proof of how far the log went.
  Optional<SignedKeyEvent> newest() {
    return Optional.ofNullable(newest);
  }

  /// Whether a genuine event has been seen that could not be applied because others are missing
  /// before it.
  boolean isBehind() {
    return newestSeen > map().epoch();
  }

  /// For the newest event, if it was appended while we were there to see it: the age of older ones
  /// says nothing.
  Optional<Duration> newestPropagation() {
    return Optional.ofNullable(newestPropagation);
  }

  Effect offer(Road road, byte[] signedEvent) {
    try {
      return offer(road, SignedKeyEvent.parseFrom(signedEvent));
    } catch (InvalidProtocolBufferException e) {
      return forged(road, "record: not a SignedKeyEvent");
    }
  }

  synchronized Effect offer(Road road, SignedKeyEvent signed) {
    return switch (cursor.accept(signed)) {
      case ChainCursor.Next(var event, _) -> {
        newest = signed;
        yield apply(road, event);
      }
      case ChainCursor.Duplicate _ -> counted(road, "duplicate", Effect.DUPLICATE);
      case ChainCursor.Gap(var expected, var got) -> {
        newestSeen = Math.max(newestSeen, got);
        LOGGER
            .atInfo()
            .addKeyValue("road", road.tag())
            .addKeyValue("expected", expected)
            .addKeyValue("got", got)
            .log("Key log gap");
        yield counted(road, "gap", Effect.GAP);
      }
      case ChainCursor.Forged(var reason) -> forged(road, reason);
      case ChainCursor.Fork(var epoch, var reason) -> {
        alarms.raise(Alarms.Kind.FORK, road, "epoch " + epoch + ": " + reason);
        yield counted(road, "fork", Effect.REFUSED);
      }
    };
  }

  private Effect apply(Road road, KeyEvent event) {
    var outcome = map.get().apply(event);
    map.set(outcome.map());
    switch (outcome) {
      case KidMap.Applied _ -> counted(road, "applied", Effect.APPLIED);
      case KidMap.Violation(_, var text) -> {
        alarms.raise(Alarms.Kind.VIOLATION, road, text);
        counted(road, "violation", Effect.APPLIED);
      }
    }
    measure(event);
    LOGGER
        .atInfo()
        .addKeyValue("epoch", event.getEpoch())
        .addKeyValue("type", event.getChangeCase())
        .addKeyValue("ring", event.getRing())
        .addKeyValue("kid", event.getKid())
        .addKeyValue("road", road.tag())
        .log("Key event applied");
    return Effect.APPLIED;
  }

  private void measure(KeyEvent event) {
    var at = Instant.ofEpochSecond(event.getAt().getSeconds(), event.getAt().getNanos());
    if (at.isBefore(startedAt)) {
      newestPropagation = null;
      return;
    }
    var taken = Duration.between(at, clock.instant());
    var sane = taken.isNegative() ? Duration.ZERO : taken;
    propagation.record(sane);
    newestPropagation = sane;
  }

  private Effect forged(Road road, String reason) {
    alarms.raise(Alarms.Kind.FORGED, road, reason);
    return counted(road, "forged", Effect.REFUSED);
  }

  private Effect counted(Road road, String result, Effect effect) {
    meters.counter("rekey.keylog.events", "road", road.tag(), "result", result).increment();
    return effect;
  }

  /// What a record did to us.
  enum Effect {
    APPLIED,
    DUPLICATE,
    /// Something is missing before it.
    GAP,
    /// Forged, or of another history.
    REFUSED
  }
}
