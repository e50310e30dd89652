package org.rekey.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NameRuleTest {
  private final List<String> asked = new ArrayList<>();
  private final NameRule rule =
      new NameRule(
          name -> {
            asked.add(name);
            return name.startsWith("a");
          });

  @Test
  void asksOnceForEachSpelling() {
    for (int i = 0; i < 3; i++) {
      assertThat(rule.allows("Accept")).isTrue();
      assertThat(rule.allows("ACCEPT")).isTrue();
      assertThat(rule.allows("X-Forwarded-For")).isFalse();
    }
    assertThat(asked).containsExactly("accept", "accept", "x-forwarded-for");
  }

  @Test
  void keepsOnlySoManyNamesOfStrangersAndStillJudgesTheRest() {
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 5000; i++) {
        assertThat(rule.allows("A-" + i)).isTrue();
        assertThat(rule.allows("B-" + i)).isFalse();
      }
    }
    assertThat(asked).hasSizeBetween(10_001, 20_000);
    asked.clear();
    String longName = "b".repeat(65);
    assertThat(rule.allows(longName)).isFalse();
    assertThat(rule.allows(longName)).isFalse();
    assertThat(asked).hasSize(2);
  }
}
