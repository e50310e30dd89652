package org.rekey.keystore;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.Logged;
import org.rekey.keystore.plan.Readiness;

/// How long it takes from an event to the ack of the last live verifier:
/// `rekey.keystore.acked{change}`. For a key that was added it is the time until it may sign, for
/// one that was withdrawn the time until nobody accepts it any more.
final class AckTimes {
  private static final Duration GIVE_UP_AFTER = Duration.ofMinutes(5);

  private final KeyHistory history;
  private final Verifiers verifiers;
  private final Acks acks;
  private final InstantSource clock;
  private final MeterRegistry meters;
  private final Deque<Logged> open = new ArrayDeque<>();
  private long known;

  /// Events from now on; those before have been acked by whoever was there.
  AckTimes(
      KeyHistory history,
      Verifiers verifiers,
      Acks acks,
      InstantSource clock,
      MeterRegistry meters) {
    this.history = history;
    this.verifiers = verifiers;
    this.acks = acks;
    this.clock = clock;
    this.meters = meters;
    this.known = history.head();
  }

  void start() {
    verifiers.onAck(this::look);
  }

  private synchronized void look() {
    for (Logged event : history.loggedAfter(known)) {
      open.add(event);
      known = event.epoch();
    }
    var now = clock.instant();
    open.removeIf(event -> event.at().plus(GIVE_UP_AFTER).isBefore(now));
    if (open.isEmpty()) {
      return;
    }
    while (!open.isEmpty() && isAcked(open.element().epoch())) {
      var event = open.remove();
      timer(event.type()).record(Duration.between(event.at(), now));
    }
  }

  /// By all that are known: who is not, after a start, would only make the time look long.
  private boolean isAcked(long epoch) {
    var live = acks.applied(epoch).verifiers();
    return !live.isEmpty() && live.stream().allMatch(Readiness.Standing::isReady);
  }

  private Timer timer(String type) {
    return Timer.builder("rekey.keystore.acked")
        .description("From a key event to its ack by the last live verifier")
        .tag("change", type.toLowerCase(Locale.ROOT).replace('_', '-'))
        .publishPercentileHistogram()
        .minimumExpectedValue(Duration.ofMillis(1))
        .maximumExpectedValue(Duration.ofMinutes(1))
        .register(meters);
  }
}
