package org.rekey.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UntrustedHeadersTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "forwarded",
        "x-forwarded-for",
        "x_forwarded_for",
        "x.forwarded-proto",
        "x-forwarded-client-cert",
        "x-real-ip",
        "x_real_ip",
        "x-rekey-subject",
        "x_rekey_kind",
        "x-rekey-whatever-comes",
        "x-men-requestid",
        "x-men-rbac-inventory-groups",
        "x_men_rbac_inventory_groups",
        "x-men-anything",
        "x-original-url",
        "x-rewrite-url",
        "remote_user",
        "client-cert",
        "host",
        "expect",
        ":authority"
      })
  void keepsWhatOnlyTheGatewayMaySay(String name) {
    assertThat(UntrustedHeaders.contain(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "authorization",
        "x-men-signature",
        "x-men-file-path",
        "x-own",
        "my_own",
        "rekey-subject",
        "xforwarded-for",
        "traceparent"
      })
  void letsThroughWhatIsTheClientsToSay(String name) {
    assertThat(UntrustedHeaders.contain(name)).isFalse();
  }
}
