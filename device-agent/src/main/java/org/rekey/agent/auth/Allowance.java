package org.rekey.agent.auth;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Some at once, then one in a while.
final class Allowance {
  private final int most;
  private final Duration each;
  private final InstantSource clock;
  private int left;
  private Instant since;

  Allowance(int most, Duration each, InstantSource clock) {
    this.most = most;
    this.each = each;
    this.clock = clock;
    this.left = most;
    this.since = clock.instant();
  }

  /// @return false when there is none left
  synchronized boolean take() {
    Instant now = clock.instant();
    long earned = Math.max(0, Duration.between(since, now).dividedBy(each));
    if (earned > 0) {
      left = (int) Math.min(most, left + earned);
      since = left == most ? now : since.plus(each.multipliedBy(earned));
    }
    if (left == 0) {
      return false;
    }
    left--;
    return true;
  }
}
