package org.rekey.agent.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.rekey.testkit.MutableClock;

class BackoffTest {

  @Test
  void waitsTwiceAsLongEachTimeAndNeverLongerThanTheLongest() {
    Backoff backoff =
        new Backoff(Duration.ofSeconds(5), Duration.ofSeconds(60), new SplittableRandom(1));
    for (long most : new long[] {5, 10, 20, 40, 60, 60, 60}) {
      assertThat(backoff.next()).isBetween(Duration.ofMillis(most * 500), Duration.ofSeconds(most));
    }
    backoff.reset();
    assertThat(backoff.next()).isBetween(Duration.ofMillis(2500), Duration.ofSeconds(5));
    for (int i = 0; i < 1000; i++) {
      assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofSeconds(60));
    }
  }

  @Test
  void isNotTheSameOnTwoDevices() {
    Backoff one = new Backoff(Duration.ofSeconds(60), Duration.ofHours(1), new SplittableRandom(1));
    Backoff two = new Backoff(Duration.ofSeconds(60), Duration.ofHours(1), new SplittableRandom(2));
    assertThat(one.next()).isNotEqualTo(two.next());
  }

  @Test
  void anAllowanceIsSomeAtOnceAndThenOneInAWhile() {
    MutableClock clock = new MutableClock(Instant.parse("2026-11-26T12:00:00Z"));
    Allowance allowance = new Allowance(3, Duration.ofSeconds(10), clock);
    assertThat(taken(allowance, 5)).isEqualTo(3);
    clock.advance(Duration.ofSeconds(19));
    assertThat(taken(allowance, 5)).isEqualTo(1);
    clock.advance(Duration.ofSeconds(1));
    assertThat(taken(allowance, 5)).as("what was left of the time counts").isEqualTo(1);
    clock.advance(Duration.ofHours(1));
    assertThat(taken(allowance, 5)).as("not more than at the start").isEqualTo(3);
  }

  private static int taken(Allowance allowance, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; i++) {
      taken += allowance.take() ? 1 : 0;
    }
    return taken;
  }
}
