package org.rekey.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rekey.testkit.MutableClock;

class DeviceSightingsTest {
  private static final Duration WITHIN = Duration.ofDays(7);

  private final MutableClock clock = new MutableClock(Instant.parse("2026-01-01T00:00:00Z"));

  @Test
  void aDeviceCountsForTheCertificateThatItWasShownLast() {
    var sightings = new DeviceSightings(WITHIN, clock);
    for (int i = 0; i < 20_000; i++) {
      sightings.seen("device-" + i, "old");
    }
    assertThat(sightings.counts().byCertificate()).isEqualTo(Map.of("old", 20_000L));
    for (int i = 0; i < 20_000; i += 4) {
      sightings.seen("device-" + i, "new");
    }
    assertThat(sightings.counts().byCertificate()).isEqualTo(Map.of("old", 15_000L, "new", 5000L));
    assertThat(sightings.counts().devices()).isEqualTo(20_000);
  }

  @Test
  void aDeviceThatWasNotHereForLongCountsNoMore() {
    var sightings = new DeviceSightings(WITHIN, clock);
    sightings.seen("gone", "old");
    clock.advance(Duration.ofDays(4));
    sightings.seen("here", "old");
    clock.advance(Duration.ofDays(4));
    assertThat(sightings.counts().byCertificate()).isEqualTo(Map.of("old", 1L));
    sightings.seen("gone", "new");
    assertThat(sightings.counts().byCertificate()).isEqualTo(Map.of("old", 1L, "new", 1L));
  }

  @Test
  void thereIsRoomForSoManyAndThenThoseWhoAreGoneMakeRoom() {
    var sightings = new DeviceSightings(WITHIN, clock, 1000);
    for (int i = 0; i < 1500; i++) {
      sightings.seen("device-" + i, "old");
    }
    assertThat(sightings.counts().devices()).isEqualTo(1000);
    assertThat(sightings.counts().notRemembered()).isEqualTo(500);
    clock.advance(WITHIN.plusDays(1));
    for (int i = 0; i < 700; i++) {
      sightings.seen("another-" + i, "new");
    }
    assertThat(sightings.counts().byCertificate()).isEqualTo(Map.of("new", 700L));
    assertThat(sightings.counts().notRemembered()).isEqualTo(500);
  }

  /// Minutes if each of them looked for room by itself.
  @Test
  void thoseForWhomThereIsNoRoomCostLittle() {
    var sightings = new DeviceSightings(WITHIN, clock);
    for (int i = 0; i < DeviceSightings.LIMIT; i++) {
      sightings.seen("device-" + i, "old");
    }
    long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    for (int i = 0; i < 20_000; i++) {
      sightings.seen("unknown-" + i, "old");
      assertThat(System.nanoTime()).isLessThan(end);
    }
    assertThat(sightings.counts().notRemembered()).isEqualTo(20_000);
  }
}
