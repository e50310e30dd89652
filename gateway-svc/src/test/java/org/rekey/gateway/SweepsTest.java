package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SweepsTest {
  private final Sweeps sweeps = new Sweeps();

  /// The looks, counted from 1, at which one was due.
  private List<Integer> due(int looks, boolean changed) {
    return IntStream.rangeClosed(1, looks).filter(_ -> sweeps.isDue(changed)).boxed().toList();
  }

  @Test
  void areDueNowAndThenWhileNothingChanges() {
    assertThat(due(90, false)).containsExactly(30, 60, 90);
  }

  @Test
  void areDueSoonAfterAChange() {
    assertThat(sweeps.isDue(true)).isFalse();
    assertThat(due(30, false)).containsExactly(3);
  }

  @Test
  void areNotPutOffByTheNextChange() {
    assertThat(due(12, true)).containsExactly(4, 8, 12);
  }

  @Test
  void areNotPutOffByAChangeJustBefore() {
    assertThat(due(28, false)).isEmpty();
    assertThat(due(2, true)).containsExactly(2);
  }
}
