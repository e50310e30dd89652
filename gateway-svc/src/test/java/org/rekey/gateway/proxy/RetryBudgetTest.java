package org.rekey.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private final RetryBudget budget = new RetryBudget();

  private long spent(int tries) {
    return IntStream.range(0, tries).filter(_ -> budget.spend()).count();
  }

  @Test
  void aFifthOfTheRequestsMayBeSentAgainAndAHundredAreInHand() {
    assertThat(spent(1000)).isEqualTo(100);
    for (int request = 0; request < 100; request++) {
      budget.request();
    }
    assertThat(spent(1000)).isBetween(19L, 20L);
  }

  @Test
  void aQuietTimeSavesNoMoreThanAHundred() {
    for (int request = 0; request < 100_000; request++) {
      budget.request();
    }
    assertThat(spent(1000)).isEqualTo(100);
  }
}
