package org.rekey.runtime.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientNetworkTest {
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
  void countsAnIpv6NetworkAsOneClient(String address, String network) {
    assertThat(ClientNetwork.of(address)).isEqualTo(network);
  }
}
