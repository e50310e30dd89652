package org.rekey.verifier.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.verifier.follow.KeyBooks;

class UsageFiguresTest {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
  private final AtomicLong counts = new AtomicLong();
  private boolean away;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final UsageFigures figures =
      new UsageFigures(_ -> count(), new VerdictCounters("useradm", meters), now::get, meters);

  @Test
  void countsAtMostEveryFiveSeconds() {
    assertThat(figures.counted(false).usage()).isEqualTo(sessions(1));
    pass(4);
    assertThat(figures.counted(false).usage()).isEqualTo(sessions(1));
    pass(1);
    assertThat(figures.counted(false).usage()).isEqualTo(sessions(2));
    assertThat(meters.get("rekey.registry.usage").timer().count()).isEqualTo(2);
  }

  @Test
  void countsAgainWhenSomebodyWaitsAndSaysHowOldACountIs() {
    assertThat(figures.counted(false).age()).isZero();
    pass(3);
    assertThat(figures.counted(false).age()).isEqualTo(Duration.ofSeconds(3));
    assertThat(figures.counted(true)).isEqualTo(new KeyBooks.Counted(sessions(2), Duration.ZERO));
    away = true;
    pass(60);
    assertThat(figures.counted(true))
        .isEqualTo(new KeyBooks.Counted(sessions(2), Duration.ofSeconds(60)));
  }

  @Test
  void standsByItsLastFiguresWhileNobodyCanCount() {
    assertThat(figures.counted(false).usage()).isEqualTo(sessions(1));
    away = true;
    pass(60);
    assertThat(figures.counted(false).usage()).isEqualTo(sessions(1));
    away = false;
    assertThat(figures.counted(false).usage()).isEqualTo(sessions(2));
  }

  @Test
  void saysNothingRatherThanThatThereIsNothing() {
    away = true;
    assertThatThrownBy(() -> figures.counted(false)).hasMessage("away");
  }

  private List<KeyUsage> count() {
    if (away) {
      throw new IllegalStateException("away");
    }
    return sessions(counts.incrementAndGet());
  }

  private static List<KeyUsage> sessions(long count) {
    return List.of(KeyUsage.newBuilder().setRing("useradm").setSessions(count).build());
  }

  private void pass(long seconds) {
    now.updateAndGet(instant -> instant.plusSeconds(seconds));
  }
}
