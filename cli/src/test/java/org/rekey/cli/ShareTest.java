package org.rekey.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShareTest {

  @ParameterizedTest
  @CsvSource({"5%, 200, 10", "0.5%, 200, 1", "100%, 7, 7", "0%, 7, 0", "20, 200, 20", "20, 7, 7"})
  void isAPartOrANumber(String text, int whole, double part) {
    assertThat(Share.of(text).of(whole)).isEqualTo(part);
    assertThat(Share.of(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "%", "101%", "-1%", "1.5", "5 %", "many"})
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> Share.of(text)).hasMessageContaining("expected: a percentage");
  }

  @Test
  void aQueryIsAboutOneMemberAndAStarIsAnything() {
    DeviceQuery query = DeviceQuery.of("mac=52:*:ff");
    assertThat(query.matches("{\"mac\":\"52:54:00:ff\"}")).isTrue();
    assertThat(query.matches("{\"mac\":\"53:54:00:ff\"}")).isFalse();
    assertThat(query.matches("{\"mac\":[\"a\",\"52:00:ff\"]}")).isTrue();
    assertThat(query.matches("{\"sn\":\"52:00:ff\"}")).isFalse();
    assertThat(DeviceQuery.of("sn=1.3").matches("{\"sn\":\"123\"}")).as("no pattern").isFalse();
    assertThat(DeviceQuery.of("sn=4711").matches("{\"sn\":4711}")).isTrue();
    assertThatThrownBy(() -> DeviceQuery.of("mac")).hasMessageContaining("NAME=VALUE");
  }
}
