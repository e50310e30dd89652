package org.rekey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlainTest {
  @Test
  void leavesOrdinaryTextAsItIs() {
    assertThat(Plain.text("CI, zürich 🚀")).isEqualTo("CI, zürich 🚀");
  }

  @Test
  void letsNoControlCharacterThrough() {
    assertThat(Plain.text("a\u001b[2Jb\nc\u202ed")).isEqualTo("a�[2Jb�c�d");
  }

  @Test
  void shortensWhatIsLongWithoutCuttingACharacterInTwo() {
    assertThat(Plain.text("🚀".repeat(100))).isEqualTo("🚀".repeat(59) + "…");
  }
}
