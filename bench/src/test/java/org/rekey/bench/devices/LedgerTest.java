package org.rekey.bench.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rekey.bench.Figures;
import org.rekey.bench.Figures.Column;

class LedgerTest {
  private final Ledger ledger = new Ledger(List.of("asks", "polls"));

  @Test
  void countsWrongAnswersByStatus() {
    ledger.note("asks", 200, 200, 1);
    ledger.note("polls", 204, 401, 1);
    ledger.note("polls", 204, 401, 1);
    ledger.note("polls", 204, 503, 1);
    assertThat(ledger.wrongAnswers()).isEqualTo(3);
    assertThat(ledger.wrong()).containsExactly("polls: {401=2, 503=1}");
  }

  @Test
  void showsStepsInTheirOrder() {
    ledger.note("polls", 204, 204, 2_000_000);
    ledger.note("asks", 200, 401, 4_000_000);
    Figures figures =
        new Figures(
            "step",
            Column.median("answers", 0),
            Column.median("wrong", 0),
            Column.median("p50 ms", 1),
            Column.median("p99 ms", 1));
    ledger.into(figures);
    assertThat(figures.table().toString().lines().skip(2))
        .containsExactly(
            "| asks  |       1 |     1 |    4.0 |    4.0 |",
            "| polls |       1 |     0 |    2.0 |    2.0 |");
  }

  @Test
  void knowsItsSteps() {
    assertThatThrownBy(() -> ledger.note("sleeps", 200, 200, 1))
        .hasMessage("sleeps (expected: one of [asks, polls])");
  }
}
