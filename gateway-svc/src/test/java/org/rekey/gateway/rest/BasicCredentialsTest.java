package org.rekey.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BasicCredentialsTest {
  private static String encoded(byte[] pair) {
    return Base64.getEncoder().encodeToString(pair);
  }

  @Test
  void aPasswordMayHaveColons() {
    String header = "basic " + encoded("a@b:x:y:".getBytes(StandardCharsets.UTF_8));
    assertThat(BasicCredentials.of(header))
        .hasValueSatisfying(
            login -> {
              assertThat(login.name()).isEqualTo("a@b");
              assertThat(login.password()).isEqualTo("x:y:");
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "Basic", "Basic ", "Basic !!!", "Bearer YTpi", "Basic YWI=", "Basic OmI="})
  void whatIsNoPairIsNone(String header) {
    assertThat(BasicCredentials.of(header)).isEmpty();
  }

  @Test
  void bytesThatAreNotUtf8AreNone() {
    assertThat(BasicCredentials.of("Basic " + encoded(new byte[] {'a', ':', (byte) 0xff})))
        .isEmpty();
    assertThat(BasicCredentials.of(null)).isEmpty();
  }

  @Test
  void clientsEncodeBothHalves() {
    assertThat(
            BasicCredentials.ofClient(
                "Basic " + encoded("a%2Db:x%3Ay+z".getBytes(StandardCharsets.UTF_8))))
        .contains(new BasicCredentials("a-b", "x:y z"));
    assertThat(
            BasicCredentials.ofClient("Basic " + encoded("a:%4".getBytes(StandardCharsets.UTF_8))))
        .isEmpty();
  }

  @Test
  void doesNotShowThePassword() {
    assertThat(new BasicCredentials("name", "secret").toString()).doesNotContain("secret");
  }
}
