package org.rekey.verifier.follow;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait before the next attempt: doubling from one failure to the next up to a limit,
/// and never quite the same for two processes.
final class Pause {
  private static final int MAX_DOUBLINGS = 16;

  private final RandomGenerator random;
  private final Duration limit;

  Pause(RandomGenerator random, Duration limit) {
    this.random = random;
    this.limit = limit;
  }

  /// Between 80 % and 120 % of the base.
  Duration jittered(Duration base) {
    return Duration.ofNanos((long) (base.toNanos() * (0.8 + 0.4 * random.nextDouble())));
  }

  /// @param failures in a row so far, 1 or more
  Duration afterFailures(Duration base, int failures) {
    var grown = base.multipliedBy(1L << Math.min(failures - 1, MAX_DOUBLINGS));
    return jittered(grown.compareTo(limit) < 0 ? grown : limit);
  }
}
