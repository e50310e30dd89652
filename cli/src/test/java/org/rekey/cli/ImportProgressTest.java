package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ImportProgressTest {
  private static final long SECOND = 1_000_000_000L;
  private final StringWriter err = new StringWriter();
  private long now = SECOND;

  private ImportProgress progress(boolean isTerminal) {
    var writer = new PrintWriter(err, true);
    return new ImportProgress(new Console(writer, writer, isTerminal, UTF_8), false, () -> now);
  }

  @Test
  void saysNothingForTwoSecondsAndThenHowLongItTakes() {
    ImportProgress progress = progress(true);
    progress.progress(0, 100_000_000, 1_000);
    now += SECOND;
    progress.progress(10_000_000, 100_000_000, 2_000);
    assertThat(err.toString()).isEmpty();
    now += 4 * SECOND;
    progress.progress(50_000_000, 100_000_000, 3_000);
    assertThat(err.toString())
        .contains(" 50 %  50.0 of 100.0 MB  line 3000  10.0 MB/s  5 s left")
        .doesNotContain("\n");
  }

  @Test
  void givesWayToOtherLines() {
    ImportProgress progress = progress(true);
    now += 3 * SECOND;
    progress.progress(1, 2, 1_000);
    err.getBuffer().setLength(0);
    progress.refused(7, "email: missing\u001b[2J");
    assertThat(err.toString()).isEqualTo("\r\u001b[Kline 7: email: missing�[2J\n");
  }

  @Test
  void isSilentWhereThereIsNoTerminal() {
    ImportProgress progress = progress(false);
    now += 3 * SECOND;
    progress.progress(1, 2, 1_000);
    progress.end();
    assertThat(err.toString()).isEmpty();
  }
}
