package org.rekey.runtime.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateTest {
  @ParameterizedTest
  @CsvSource({"1000/1h, 1000, PT1H", "1/1s, 1, PT1S", "20/5m, 20, PT5M", "7/2d, 7, P2D"})
  void readsALimit(String text, int amount, Duration per) {
    assertThat(Rate.of(text)).isEqualTo(new Rate(amount, per));
    assertThat(Rate.of(text).isOff()).isFalse();
  }

  @Test
  void readsOff() {
    assertThat(Rate.of("off").isOff()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0/1h",
        "1/0h",
        "-1/1h",
        "1000",
        "1000/h",
        "1000/1",
        "1000/1H",
        "1000/1w",
        "ten/1m",
        " 1/1h",
        "1/1h\n",
        "OFF",
        "99999999/1h",
        "1/9999999h",
        "1 / 1h"
      })
  void refusesWhatIsNoLimit(String text) {
    assertThatThrownBy(() -> Rate.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(text + " (expected: NUMBER/TIME as in 1000/1h, or off)");
  }
}
