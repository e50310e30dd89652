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
    assertThat(SessionRoutes.basic(header))
        .hasValueSatisfying(
            login -> {
              assertThat(login.getEmail()).isEqualTo("a@b");
              assertThat(login.getPassword()).isEqualTo("x:y:");
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "Basic", "Basic ", "Basic !!!", "Bearer YTpi", "Basic YWI=", "Basic OmI="})
  void whatIsNoPairIsNone(String header) {
    assertThat(SessionRoutes.basic(header)).isEmpty();
  }

  @Test
  void bytesThatAreNotUtf8AreNone() {
    assertThat(SessionRoutes.basic("Basic " + encoded(new byte[] {'a', ':', (byte) 0xff})))
        .isEmpty();
    assertThat(SessionRoutes.basic(null)).isEmpty();
  }
}
