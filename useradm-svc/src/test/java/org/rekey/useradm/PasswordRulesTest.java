package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordRulesTest {
  private static final Email ANN = new Email("ann@example.com");

  @ParameterizedTest
  @ValueSource(strings = {"12345678", "correct horse battery staple", "tab\tand\0zero"})
  void acceptsAsciiOfEnoughLength(String password) {
    assertThat(PasswordRules.malformed(password)).isEmpty();
    assertThat(PasswordRules.weak(password, ANN)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'',         cannot be blank",
    "pässword,   must contain ASCII characters only",
  })
  void namesWhatCannotBeAPasswordInMendersWords(String password, String problem) {
    assertThat(PasswordRules.malformed(password)).contains(problem);
  }

  @ParameterizedTest
  @CsvSource({
    "1234567,                 password: must be minimum 8 characters long",
    "ann@example.com,         password is too similar to the email",
    "my ANN@Example.com!,     password is too similar to the email",
    "ANN@Example,             password is too similar to the email",
  })
  void namesWhatIsTooEasyToGuessInMendersWords(String password, String problem) {
    assertThat(PasswordRules.weak(password, ANN)).contains(problem);
  }

  @Test
  void acceptsUpTo256Bytes() {
    assertThat(PasswordRules.malformed("x".repeat(256))).isEmpty();
    assertThat(PasswordRules.malformed("x".repeat(257)))
        .contains("the length must be no more than 256");
  }
}
