package org.rekey.bench.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class KeyMixTest {
  @Test
  void givesEachKindItsShare() {
    KeyMix mix = KeyMix.of(Map.of(KeyType.ED25519, 3, KeyType.RSA2048, 1, KeyType.P256, 0));
    Map<KeyType, Long> shares =
        LongStream.range(0, 400)
            .mapToObj(mix::of)
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    assertThat(shares).isEqualTo(Map.of(KeyType.ED25519, 300L, KeyType.RSA2048, 100L));
  }

  @Test
  void needsAKind() {
    assertThatThrownBy(() -> KeyMix.of(Map.of(KeyType.P256, 0)))
        .hasMessage("--mix: {P256=0} (expected: one kind of key at least)");
    assertThatThrownBy(() -> KeyMix.of(Map.of(KeyType.P256, -1)))
        .hasMessage("--mix: P256=-1 (expected: 0 or more)");
  }
}
