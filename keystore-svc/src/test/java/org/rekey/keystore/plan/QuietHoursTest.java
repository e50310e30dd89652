package org.rekey.keystore.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuietHoursTest {
  private static final ZoneId UTC = ZoneId.of("UTC");

  @ParameterizedTest
  @CsvSource({
    "08:00-18:00, 2026-11-24T07:59:59Z, ",
    "08:00-18:00, 2026-11-24T08:00:00Z, 2026-11-24T18:00:00Z",
    "08:00-18:00, 2026-11-24T17:59:59Z, 2026-11-24T18:00:00Z",
    "08:00-18:00, 2026-11-24T18:00:00Z, ",
    "22:00-06:00, 2026-11-24T23:00:00Z, 2026-11-25T06:00:00Z",
    "22:00-06:00, 2026-11-24T05:00:00Z, 2026-11-24T06:00:00Z",
    "22:00-06:00, 2026-11-24T06:00:00Z, ",
    "'08:00-12:00,12:00-18:00', 2026-11-24T09:00:00Z, 2026-11-24T18:00:00Z",
    "'22:00-00:00,00:00-02:00', 2026-11-24T22:30:00Z, 2026-11-25T02:00:00Z",
    "'', 2026-11-24T09:00:00Z, ",
  })
  void saysWhenTheQuietIsOver(String text, Instant now, Instant end) {
    assertThat(QuietHours.parse(text, UTC).until(now).orElse(null)).isEqualTo(end);
  }

  @Test
  void isQuietByTheClockOnTheWallAlsoWhenItIsTurned() {
    var oslo = QuietHours.parse("01:00-04:00", ZoneId.of("Europe/Oslo"));

    assertThat(oslo.until(Instant.parse("2026-03-29T00:30:00Z")))
        .contains(Instant.parse("2026-03-29T02:00:00Z"));
    assertThat(oslo.until(Instant.parse("2026-10-25T00:30:00Z")))
        .contains(Instant.parse("2026-10-25T03:00:00Z"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"8-18", "08:00", "08:00-24:00", "25:00-26:00", "08:00-08:00", "08:00-18:00,", "x"})
  void refusesWhatIsNoTimeOfDay(String text) {
    assertThatThrownBy(() -> QuietHours.parse(text, UTC))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: times such as 08:00-18:00");
  }

  @ParameterizedTest
  @ValueSource(strings = {"08:00-20:00,20:00-08:00", "00:00-13:00,12:00-00:00,10:00-11:00"})
  void refusesQuietThatNeverEnds(String text) {
    assertThatThrownBy(() -> QuietHours.parse(text, UTC))
        .hasMessage(text + " is the whole day (expected: an hour to act in)");
  }
}
