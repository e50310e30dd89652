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

  @Test
  void wrapsBetweenWordsAndInsideOfOnesThatAreTooLong() {
    assertThat(Plain.wrapped("one two three", 8)).containsExactly("one two", "three");
    assertThat(Plain.wrapped("abcdefghij klm", 4)).containsExactly("abcd", "efgh", "ij", "klm");
    assertThat(Plain.wrapped("a\nb", 10)).containsExactly("a�b");
    assertThat(Plain.wrapped("", 10)).containsExactly("");
  }
}
