package org.rekey.verifier.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.KeyUsage;

class UsageFiguresTest {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
  private final AtomicLong counts = new AtomicLong();
  private boolean away;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final UsageFigures figures = new UsageFigures(_ -> count(), now::get, meters);

  @Test
  void countsAtMostEveryFiveSeconds() {
    assertThat(figures.get()).isEqualTo(sessions(1));
    pass(4);
    assertThat(figures.get()).isEqualTo(sessions(1));
    pass(1);
    assertThat(figures.get()).isEqualTo(sessions(2));
    assertThat(meters.get("rekey.registry.usage").timer().count()).isEqualTo(2);
  }

  @Test
  void standsByItsLastFiguresWhileNobodyCanCount() {
    assertThat(figures.get()).isEqualTo(sessions(1));
    away = true;
    pass(60);
    assertThat(figures.get()).isEqualTo(sessions(1));
    away = false;
    assertThat(figures.get()).isEqualTo(sessions(2));
  }

  @Test
  void saysNothingRatherThanThatThereIsNothing() {
    away = true;
    assertThatThrownBy(figures::get).hasMessage("away");
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
