package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// What holds for every text that somebody may send as a password.
class PasswordPropertiesTest {
  private static final Email ANN = new Email("ann.example@example.com");

  @Property
  void acceptsExactlyAsciiOf8To256Bytes(@ForAll("texts") String text) {
    boolean ascii = text.chars().allMatch(c -> c < 128);
    boolean acceptable =
        PasswordRules.malformed(text).isEmpty() && PasswordRules.weak(text, ANN).isEmpty();
    assertThat(acceptable).isEqualTo(ascii && text.length() >= 8 && text.length() <= 256);
  }

  @Property
  void refusesWhatContainsTheEmailInAnyCase(
      @ForAll("printable") String before, @ForAll("printable") String after) {
    String email = ANN.value();
    for (String middle : new String[] {email, email.toUpperCase(Locale.ROOT)}) {
      assertThat(PasswordRules.weak(before + middle + after, ANN)).isPresent();
    }
  }

  @Property
  void refusesEveryPartOfTheEmail(
      @ForAll @IntRange(max = 22) int from, @ForAll @IntRange(max = 23) int to) {
    String part = ANN.value().substring(Math.min(from, to), Math.max(from, to));
    assertThat(PasswordRules.weak(part.toUpperCase(Locale.ROOT), ANN)).isPresent();
  }

  @Provide
  Arbitrary<String> texts() {
    // Upper case and digits alone, so that no text is by chance a part of the e-mail.
    Arbitrary<String> ascii = Arbitraries.strings().withCharRange('A', 'D').numeric();
    return Arbitraries.oneOf(
        ascii.filter(text -> text.length() < 300),
        Arbitraries.strings()
            .ofMaxLength(300)
            .filter(text -> text.chars().noneMatch(c -> c == '@')),
        ascii.map(text -> text + "é"));
  }

  @Provide
  Arbitrary<String> printable() {
    return Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(20);
  }
}
