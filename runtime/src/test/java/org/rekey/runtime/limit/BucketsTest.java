package org.rekey.runtime.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class BucketsTest {
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final Buckets buckets = new Buckets(Rate.of("3/1h"), () -> now);

  @Test
  void aCrowdOfKeysTakesUpNoMoreThanSoMuchMemory() {
    for (int client = 0; client < 150_000; client++) {
      buckets.of("client " + client).tryConsume(1);
    }
    assertThat(buckets.size()).isBetween(90_000L, 100_000L);
  }

  @Test
  void aKeyThatIsQuietForTwiceTheTimeIsForgotten() {
    assertThat(buckets.of("client").tryConsume(3)).isTrue();
    assertThat(buckets.of("client").tryConsume(1)).isFalse();
    now = now.plus(Duration.ofHours(3));
    assertThat(buckets.size()).isZero();
    assertThat(buckets.of("client").tryConsume(3)).isTrue();
  }

  @Test
  void whatWasTakenComesBackEvenly() {
    assertThat(buckets.of("client").tryConsume(3)).isTrue();
    now = now.plus(Duration.ofMinutes(20));
    assertThat(buckets.of("client").tryConsume(1)).isTrue();
    assertThat(buckets.of("client").tryConsume(1)).isFalse();
  }
}
