package org.rekey.agent.auth;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait before the next attempt: twice as long each time, and never for all devices
/// the same, so that a fleet that was refused at once does not come back at once.
public final class Backoff {
  private static final int MAX_DOUBLINGS = 20;

  private final Duration first;
  private final Duration longest;
  private final RandomGenerator random;
  private int attempts;

  public Backoff(Duration first, Duration longest, RandomGenerator random) {
    this.first = first.compareTo(longest) < 0 ? first : longest;
    this.longest = longest;
    this.random = random;
  }

  /// Between half of it and all of it.
  public Duration next() {
    long millis =
        Math.min(longest.toMillis(), first.toMillis() << Math.min(attempts++, MAX_DOUBLINGS));
    return Duration.ofMillis(Math.max(1, millis / 2 + random.nextLong(millis / 2 + 1)));
  }

  public void reset() {
    attempts = 0;
  }
}
