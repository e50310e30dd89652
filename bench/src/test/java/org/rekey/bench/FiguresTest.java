package org.rekey.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rekey.bench.Figures.Column;

class FiguresTest {
  private final Figures figures =
      new Figures("rpc", Column.median("calls", 0), Column.withRange("server CPU µs", 1));

  @Test
  void showsMediansAndWhereAskedForTheRange() {
    figures.round("no-op", 1000, 2);
    figures.round("no-op", 3000, 4);
    figures.round("no-op", 2000, 9);
    assertThat(figures.table().toString())
        .isEqualTo(
            """
            | rpc   | calls | server CPU µs |
            |-------|------:|--------------:|
            | no-op | 2,000 | 4.0 (2.0–9.0) |
            """);
  }

  @Test
  void leavesOutWhatARoundCouldNotTell() {
    figures.round("no-op", Double.NaN, Double.NaN);
    figures.round("no-op", 7, Double.NaN);
    assertThat(figures.table().toString()).contains("|     7 |").contains("|             – |");
    assertThat(figures.json().at("/no-op/calls/rounds")).hasSize(1);
    assertThat(figures.json().at("/no-op/server_cpu_us")).isEmpty();
  }

  @Test
  void keepsEveryRoundInJson() {
    figures.round("no-op", 1000, 2);
    figures.round("no-op", 3000, 4);
    assertThat(Figures.json(List.of(figures)))
        .isEqualToIgnoringWhitespace(
            """
            {"rpc": {"no-op": {
              "calls":
                {"median": 2000.0, "lowest": 1000.0, "highest": 3000.0, "rounds": [1000.0, 3000.0]},
              "server_cpu_us":
                {"median": 3.0, "lowest": 2.0, "highest": 4.0, "rounds": [2.0, 4.0]}}}}
            """);
  }

  @Test
  void refusesARoundThatIsNotWhole() {
    assertThatThrownBy(() -> figures.round("no-op", 1)).hasMessage("figures: 1 (expected: 2)");
  }
}
