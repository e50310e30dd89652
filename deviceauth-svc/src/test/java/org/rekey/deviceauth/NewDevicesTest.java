package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NewDevicesTest {

  @ParameterizedTest
  @CsvSource({"1000/1h, 1000, PT1H", "1/1s, 1, PT1S", "20/5m, 20, PT5M", "7/2d, 7, P2D"})
  void readsALimit(String text, int devices, Duration per) {
    assertThat(AddressLimit.of(text)).isEqualTo(new AddressLimit(devices, per));
    assertThat(AddressLimit.of(text).isOff()).isFalse();
  }

  @Test
  void readsOff() {
    assertThat(AddressLimit.of("off").isOff()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0/1h",
        "1/0h",
        "-1/1h",
        "1000",
        "1000/h",
        "1000/1",
        "1000/1H",
        "1000/1w",
        " 1/1h",
        "1/1h\n",
        "OFF",
        "99999999/1h",
        "1/9999999h",
        "1 / 1h"
      })
  void refusesWhatIsNoLimit(String text) {
    assertThatThrownBy(() -> AddressLimit.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(text + " (expected: DEVICES/TIME as in 1000/1h, or off)");
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1",
    "::ffff:192.0.2.1, 192.0.2.1",
    "2001:db8:1:2:3:4:5:6, 20010db800010002",
    "2001:db8:1:2::1, 20010db800010002",
    "2001:db8:1:3::1, 20010db800010003",
    "::1, 0000000000000000",
    "'', unknown",
    "example.com, unknown",
    "0x7f.1, unknown",
    "192.0.2.1:443, unknown",
  })
  void countsAnIpv6NetworkAsOneSource(String address, String network) {
    assertThat(NewDevices.network(address)).isEqualTo(network);
  }
}
