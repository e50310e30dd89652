package org.rekey.agent.simulate;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.rekey.agent.auth.RotationStep;

/// What the devices of a fleet have met, counted while they live.
public final class FleetFigures {
  private static final long HIGHEST_NANOS = 120_000_000_000L;
  private static final int DIGITS = 2;

  final LongAdder in = new LongAdder();
  final LongAdder issued = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder unreachable = new LongAdder();
  final LongAdder polls = new LongAdder();
  final LongAdder unauthorized = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder powerCuts = new LongAdder();
  final LongAdder keysChanged = new LongAdder();
  final LongAdder newKeysTried = new LongAdder();
  final LongAdder newKeysIn = new LongAdder();
  final Times asked = new Times();
  final Times polled = new Times();
  private final Map<RotationStep, LongAdder> steps = new ConcurrentHashMap<>();
  private final Map<RotationStep, LongAdder> cuts = new ConcurrentHashMap<>();

  void passed(RotationStep step) {
    steps.computeIfAbsent(step, _ -> new LongAdder()).increment();
  }

  void cut(RotationStep step) {
    cuts.computeIfAbsent(step, _ -> new LongAdder()).increment();
  }

  /// Devices that have had a token at some time.
  public long in() {
    return in.sum();
  }

  /// Tokens that were given out.
  public long issued() {
    return issued.sum();
  }

  /// Answers that a device may not come in.
  public long refused() {
    return refused.sum();
  }

  /// Calls without an answer.
  public long unreachable() {
    return unreachable.sum();
  }

  public long polls() {
    return polls.sum();
  }

  /// Polls whose token was no good any more.
  public long unauthorized() {
    return unauthorized.sum();
  }

  /// Polls that were answered 429 or 5xx.
  public long failed() {
    return failed.sum();
  }

  public long powerCuts() {
    return powerCuts.sum();
  }

  public long keysChanged() {
    return keysChanged.sum();
  }

  /// How many power cuts there were right after a step.
  public long cutsAt(RotationStep step) {
    LongAdder count = cuts.get(step);
    return count == null ? 0 : count.sum();
  }

  /// From asking for a token to having one or being refused, in nanoseconds.
  public Histogram askTimes() {
    return asked.copy();
  }

  /// Of polls, in nanoseconds.
  public Histogram pollTimes() {
    return polled.copy();
  }

  /// Times of one kind.
  static final class Times {
    private final ConcurrentHistogram histogram = new ConcurrentHistogram(HIGHEST_NANOS, DIGITS);

    void recordValue(long nanos) {
      histogram.recordValue(Math.clamp(nanos, 1, HIGHEST_NANOS));
    }

    Histogram copy() {
      return histogram.copy();
    }
  }
}
