package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordRulesTest {
  private static final Email ANN = new Email("ann@example.com");

  @ParameterizedTest
  @ValueSource(
      strings = {"12345678", "correct horse battery staple", "tab\tand\0zero", "ann@example"})
  void acceptsAsciiOfEnoughLength(String password) {
    assertThat(PasswordRules.problemOf(password, ANN)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'',                      password: cannot be blank",
    "1234567,                 password: must be minimum 8 characters long",
    "pässword,                password: must contain ASCII characters only",
    "ann@example.com,         password is too similar to the email",
    "my ANN@Example.com!,     password is too similar to the email",
  })
  void namesTheBrokenRuleInMendersWords(String password, String problem) {
    assertThat(PasswordRules.problemOf(password, ANN)).contains(problem);
  }

  @Test
  void acceptsUpTo256Bytes() {
    assertThat(PasswordRules.problemOf("x".repeat(256), ANN)).isEmpty();
    assertThat(PasswordRules.problemOf("x".repeat(257), ANN))
        .contains("password: the length must be no more than 256");
  }
}
