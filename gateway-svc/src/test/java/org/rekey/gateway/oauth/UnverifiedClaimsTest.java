package org.rekey.gateway.oauth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnverifiedClaimsTest {
  private static String token(String claims) {
    return "e30."
        + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(UTF_8))
        + ".c2ln";
  }

  @Test
  void readsTheClaims() {
    assertThat(UnverifiedClaims.of(token("{\"iss\":\"mender.useradm\"}")))
        .hasValueSatisfying(
            claims -> assertThat(claims.path("iss").asText()).isEqualTo("mender.useradm"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a.b", "a.!.c", "..", "a.e30"})
  void whatIsNoTokenHasNone(String token) {
    assertThat(UnverifiedClaims.of(token)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "1", "{", "{} {}", "{\"iss\":1,\"iss\":2}", "nul"})
  void whatIsNoObjectHasNone(String claims) {
    assertThat(UnverifiedClaims.of(token(claims))).isEmpty();
  }

  @Test
  void readsTheCertificateThatTheTokenIsBoundTo() {
    String hash = Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[32]);
    assertThat(
            UnverifiedClaims.of(token("{\"cnf\":{\"x5t#S256\":\"" + hash + "\"}}"))
                .map(UnverifiedClaims::certificate))
        .hasValueSatisfying(certificate -> assertThat(certificate).hasSize(32));
    for (String other :
        new String[] {
          "{}", "{\"cnf\":1}", "{\"cnf\":{\"x5t#S256\":\"!\"}}", "{\"cnf\":{\"x5t#S256\":\"AAAA\"}}"
        }) {
      assertThat(UnverifiedClaims.of(token(other)).map(UnverifiedClaims::certificate))
          .hasValueSatisfying(certificate -> assertThat(certificate).isEmpty());
    }
  }

  @Test
  void depthAndLengthAreBounded() {
    assertThat(UnverifiedClaims.of(token("{\"a\":" + "[".repeat(3000)))).isEmpty();
    assertThat(UnverifiedClaims.of(token("{\"a\":\"" + "b".repeat(8192) + "\"}"))).isEmpty();
  }
}
