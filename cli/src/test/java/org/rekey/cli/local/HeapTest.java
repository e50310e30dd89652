package org.rekey.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeapTest {
  @Test
  void isOfOneService() {
    assertThat(Heap.parse("useradm=1500")).isEqualTo(new Heap("useradm", 1500));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "useradm", "useradm=", "useradm=0", "useradm=1g", "kafka=512", "=64"})
  void nothingElseIsOne(String text) {
    assertThatThrownBy(() -> Heap.parse(text))
        .hasMessage(
            text
                + " (expected: SERVICE=MEGABYTES, SERVICE one of keystore, useradm, deviceauth,"
                + " gateway)");
  }
}
