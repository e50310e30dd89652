package org.rekey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimesTest {
  @ParameterizedTest
  @CsvSource({
    "PT0S, 0 ms",
    "PT0.0459S, 45 ms",
    "PT1.21S, 1.2 s",
    "PT59.9S, 59 s",
    "PT2M, 2 min",
    "PT3H, 3 h",
    "PT47H, 47 h",
    "P30D, 30 d"
  })
  void saysASpanAsPreciselyAsAPersonWantsIt(Duration span, String text) {
    assertThat(Times.span(span)).isEqualTo(text);
  }
}
