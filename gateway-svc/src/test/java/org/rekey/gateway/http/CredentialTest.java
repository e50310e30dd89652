package org.rekey.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.gateway.route.Audience;

class CredentialTest {
  private static Credential ofCookies(String... cookies) {
    return Credential.of(List.of(), () -> List.of(cookies), Audience.USERS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"JWT=a.b.c", "x=1; JWT=a.b.c", "x=1;JWT=a.b.c ; y=2", "jwt=no; JWT=a.b.c"})
  void takesTheOneTokenOfACookie(String cookie) {
    assertThat(ofCookies(cookie))
        .isInstanceOfSatisfying(
            Credential.Token.class,
            token ->
                assertThat(new String(token.value(), StandardCharsets.US_ASCII))
                    .isEqualTo("a.b.c"));
  }

  /// What others could read in another way: the first or the last of two, a quoted one, one with
  /// characters at which some stop.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "JWT=forged,; JWT=a.b.c",
        "JWT=a.b.c; JWT=forged",
        "JWT=a.b.c; JWT",
        "JWT=\"a.b.c\"",
        "JWT=a.b.c d",
        "JWT=a.b\\.c",
        "JWT =a.b.c",
        "JWT= a.b.c",
        "JWT=",
        "JWT"
      })
  void refusesACookieThatCanBeReadInTwoWays(String cookie) {
    assertThat(ofCookies(cookie)).isEqualTo(new Credential.Missing("malformed cookie"));
  }

  @Test
  void countsTheTokensOfAllCookieHeaders() {
    assertThat(ofCookies("JWT=a.b.c", "JWT=a.b.c"))
        .isEqualTo(new Credential.Missing("malformed cookie"));
    assertThat(ofCookies("x=1", "JWT=a.b.c")).isInstanceOf(Credential.Token.class);
    assertThat(ofCookies("x=1")).isInstanceOf(Credential.Missing.class);
  }

  @Test
  void aDeviceHasNoCookie() {
    assertThat(Credential.of(List.of(), () -> List.of("JWT=a.b.c"), Audience.DEVICES))
        .isInstanceOf(Credential.Missing.class);
  }

  @Test
  void leavesTheOtherCookiesAsTheyAre() {
    assertThat(Credential.otherCookies(List.of("a=b; JWT=x; c=\"d\"", "JWT=y", "e=f")))
        .containsExactly("a=b; c=\"d\"", "e=f");
  }
}
