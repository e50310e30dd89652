package org.rekey.keystore.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.runtime.config.SettingsException;

class FileNamePatternTest {
  private static final FileNamePattern MENDERS = of("private\\.id\\.([0-9]*)\\.pem");

  @ParameterizedTest
  @CsvSource({
    "private.id.2048.pem, 2048",
    "private.id.0.pem, 0",
    "private.id.9007199254740991.pem, 9007199254740991"
  })
  void takesTheIdFromAWholeName(String name, long kid) {
    assertThat(MENDERS.classify(name)).isEqualTo(new FileNamePattern.Keyed(kid));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "private.id.2048.pem.bak",
        "private.id.2048.pem~",
        ".private.id.2048.pem.swp",
        "old-private.id.2048.pem",
        "private.id.2048.pem\n"
      })
  void usesNoNameThatOnlyContainsAMatch(String name) {
    assertThat(MENDERS.classify(name)).isEqualTo(new FileNamePattern.LooksAlike());
  }

  @ParameterizedTest
  @CsvSource({
    "private.id.007.pem, LEADING_ZEROS",
    "private.id.00.pem, LEADING_ZEROS",
    "private.id..pem, EMPTY_ID",
    "private.id.9007199254740992.pem, ID_TOO_LARGE",
    "private.id.99999999999999999999999999.pem, ID_TOO_LARGE"
  })
  void refusesIdsThatAreNone(String name, Rule rule) {
    assertThat(MENDERS.classify(name))
        .isInstanceOfSatisfying(
            FileNamePattern.Refused.class, refused -> assertThat(refused.rule()).isEqualTo(rule));
  }

  @Test
  void refusesAnIdThatAFreerPatternLetsThrough() {
    assertThat(of("key-(.*)\\.pem").classify("key-abc.pem"))
        .isInstanceOfSatisfying(
            FileNamePattern.Refused.class,
            refused -> assertThat(refused.rule()).isEqualTo(Rule.ID_NOT_A_NUMBER));
    // Arabic-Indic digits: decimal to Unicode, not to a kid.
    assertThat(of("key-(.*)\\.pem").classify("key-\u0661.pem"))
        .isInstanceOf(FileNamePattern.Refused.class);
  }

  @ParameterizedTest
  @CsvSource({
    "private\\.id\\.([0-9]*)\\.pem, private.id.7.pem",
    "^private\\.id\\.([0-9]+)\\.pem$, private.id.7.pem",
    "useradm-(\\d+).key, useradm-7.key"
  })
  void turnsAPatternIntoAName(String pattern, String name) {
    assertThat(of(pattern).nameFor(7)).hasValue(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"(?:a|b)\\.([0-9]+)\\.pem", "key\\d\\.([0-9]+)", "k+([0-9]+)"})
  void saysWhenAPatternCannotBeTurnedIntoAName(String pattern) {
    assertThat(of(pattern).nameFor(7)).isEmpty();
  }

  @Test
  void refusesAPatternThatCannotWorkWithALineThatNamesTheSetting() {
    assertThatThrownBy(() -> of("private(\\.pem"))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("X_PATTERN: private(\\.pem (expected: a regular expression; ");
    assertThatThrownBy(() -> of("private\\.pem"))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("X_PATTERN: private\\.pem (expected: a group in parentheses");
  }

  private static FileNamePattern of(String regex) {
    return FileNamePattern.of("X_PATTERN", regex);
  }
}
