package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmailTest {
  private static final String LABEL_63 = "a".repeat(63);

  @ParameterizedTest
  @CsvSource({
    "ann@example.com,           ann@example.com",
    "Ann.Smith@Example.COM,     ann.smith@example.com",
    "a@b,                       a@b",
    "a+tag!#$%&*/=?^_{|}~-@b.c, a+tag!#$%&*/=?^_{|}~-@b.c",
    "user@xn--bcher-kva.example, user@xn--bcher-kva.example",
    "user@10.0.0.1,             user@10.0.0.1",
  })
  void acceptsAnAddressInLowerCase(String text, String expected) {
    assertThat(Email.of(text)).contains(new Email(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ann",
        "@example.com",
        "ann@",
        "ann@@example.com",
        "ann@example..com",
        "ann@-example.com",
        "ann@example-.com",
        "ann@example.com.",
        ".ann@example.com",
        "ann.@example.com",
        "a..b@example.com",
        "ann smith@example.com",
        " ann@example.com",
        "ann@example.com\n",
        "ann@exa_mple.com",
        "ann\0@example.com",
        "änn@example.com",
        "ann@exämple.com",
        "\u212Aann@example.com",
        "\"ann\"@example.com",
        "ann@[127.0.0.1]",
      })
  void refusesWhatIsNone(String text) {
    assertThat(Email.of(text)).isEmpty();
  }

  @Test
  void refusesWhatIsTooLong() {
    String domain = (LABEL_63 + ".").repeat(2) + LABEL_63;
    assertThat(Email.of("a".repeat(64) + "@" + domain)).isPresent();
    assertThat(Email.of("a".repeat(65) + "@" + domain)).isEmpty();
    assertThat(Email.of("a".repeat(64) + "@" + domain + ".b")).isEmpty();
    assertThat(Email.of("a@" + "a".repeat(64))).isEmpty();
  }

  @Test
  void costsLittleHoweverLongTheTextIs() {
    assertThat(Email.of("a.".repeat(2_000_000))).isEmpty();
    assertThat(Email.of("a".repeat(250) + "@")).isEmpty();
  }

  @Test
  void holdsNothingElse() {
    assertThatThrownBy(() -> new Email("Ann@example.com"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
