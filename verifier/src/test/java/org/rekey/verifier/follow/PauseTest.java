package org.rekey.verifier.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PauseTest {
  private static final Duration BASE = Duration.ofMillis(500);

  private final Pause pause = new Pause(new Random(7), Duration.ofSeconds(5));

  @Test
  void doublesUpToTheLimit() {
    assertThat(pause.afterFailures(BASE, 1))
        .isBetween(Duration.ofMillis(400), Duration.ofMillis(600));
    assertThat(pause.afterFailures(BASE, 2))
        .isBetween(Duration.ofMillis(800), Duration.ofMillis(1200));
    assertThat(pause.afterFailures(BASE, 4))
        .isBetween(Duration.ofMillis(3200), Duration.ofMillis(4800));
    assertThat(pause.afterFailures(BASE, 5))
        .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(6));
    assertThat(pause.afterFailures(BASE, Integer.MAX_VALUE))
        .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(6));
  }

  @Test
  void isNeverQuiteTheSame() {
    assertThat(pause.jittered(BASE)).isNotEqualTo(pause.jittered(BASE));
  }
}
