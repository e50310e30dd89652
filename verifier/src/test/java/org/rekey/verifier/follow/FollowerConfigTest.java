package org.rekey.verifier.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.verifier.key.CryptoProvider;

class FollowerConfigTest {

  @Test
  void hasDefaults() {
    var config = FollowerConfig.named("useradm-7f3c");

    assertThat(config.heartbeat()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.heartbeatWithoutKafka()).isEqualTo(Duration.ofMillis(500));
    assertThat(config.pullInterval()).isEqualTo(Duration.ofMillis(250));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "ü", "a/b"})
  void refusesNamesThatTheKeystoreWouldRefuse(String name) {
    assertThatThrownBy(() -> FollowerConfig.named(name))
        .hasMessageContaining("expected: 1 to 64 characters of [A-Za-z0-9._-]");
  }

  @Test
  void refusesTimesThatAreNotPositive() {
    var second = Duration.ofSeconds(1);

    assertThatThrownBy(
            () ->
                new FollowerConfig(
                    "v",
                    CryptoProvider.preferred().algs(),
                    Duration.ZERO,
                    second,
                    second,
                    second,
                    second,
                    second,
                    second))
        .hasMessage("heartbeat: PT0S (expected: > 0)");
  }
}
