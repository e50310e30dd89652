package org.rekey.gateway.mtls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.testkit.DeviceAuthority;
import org.rekey.testkit.DeviceAuthority.Order;
import org.rekey.testkit.KeyFiles;

class IdentityRuleTest {
  private static final X509Certificate CERTIFICATE =
      DeviceAuthority.root("CN=Devices")
          .issue(
              new Order(
                      "CN=52:54:00:11:22:33,OU=sensors+UID=u-1,2.5.4.5=sn\\,7,O=Example",
                      KeyFiles.ed25519())
                  .dns("d-1.example.com")
                  .dns("d-1")
                  .uri("urn:device:1")
                  .email("d-1@example.com"));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cn=mac           | 52:54:00:11:22:33",
        "CN = mac         | 52:54:00:11:22:33",
        "serialnumber=mac | sn,7",
        "ou=mac           | sensors",
        "uid=mac          | u-1",
        "o=mac            | Example",
        "dns=mac          | d-1.example.com;d-1",
        "uri=mac          | urn:device:1",
        "email=mac        | d-1@example.com"
      })
  void readsWhatACertificateSays(String rule, String values) {
    assertThat(IdentityRule.parse(rule).of(CERTIFICATE))
        .singleElement()
        .satisfies(
            certified -> {
              assertThat(certified.member()).isEqualTo("mac");
              assertThat(certified.values()).containsExactlyInAnyOrder(values.split(";"));
              assertThat(certified.rule()).isEqualTo(IdentityRule.parse(rule).toString());
            });
  }

  @Test
  void saysNothingWhereACertificateSaysNothing() {
    X509Certificate bare =
        DeviceAuthority.root("CN=Devices").issue(new Order("O=Example", KeyFiles.ed25519()));
    for (String rule : List.of("cn=mac", "dns=mac")) {
      assertThat(IdentityRule.parse(rule).of(bare))
          .singleElement()
          .satisfies(certified -> assertThat(certified.values()).isEmpty());
    }
  }

  @Test
  void mayTieTwoThings() {
    assertThat(IdentityRule.parse("cn=mac, dns=sn").of(CERTIFICATE)).hasSize(2);
    assertThat(IdentityRule.parse("none").of(CERTIFICATE)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "cn", "cn=", "=mac", "common=mac", "cn=mac,", "cn=mac;dns=sn,x"})
  void namesThePartThatItCannotRead(String rule) {
    assertThatThrownBy(() -> IdentityRule.parse(rule))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: none, or SOURCE=MEMBER");
  }
}
