package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// What holds for every text that somebody may send as an e-mail address.
class EmailPropertiesTest {

  @Property
  void acceptsEveryDotAtomAtAHostName(@ForAll("addresses") String address) {
    assertThat(Email.of(address)).hasValue(new Email(address.toLowerCase(Locale.ROOT)));
  }

  @Property
  void isAsciiOfBoundedLengthInLowerCaseWhateverTheTextWas(@ForAll String text) {
    Email.of(text)
        .ifPresent(
            email -> {
              assertThat(email.value())
                  .isEqualTo(text.toLowerCase(Locale.ROOT))
                  .matches("[!-~]+")
                  .containsOnlyOnce("@");
              assertThat(email.value().getBytes(StandardCharsets.UTF_8))
                  .hasSizeLessThanOrEqualTo(256);
            });
  }

  @Property
  void isTheSameWhenItIsReadAgain(@ForAll("nearAddresses") String text) {
    Email.of(text).ifPresent(email -> assertThat(Email.of(email.value())).hasValue(email));
  }

  @Property
  void refusesAnAddressWithAForeignCharacterInIt(
      @ForAll("addresses") String address,
      @ForAll("foreign") char foreign,
      @ForAll java.util.Random where) {
    int at = where.nextInt(address.length() + 1);
    assertThat(Email.of(address.substring(0, at) + foreign + address.substring(at))).isEmpty();
  }

  @Provide
  Arbitrary<Character> foreign() {
    return Arbitraries.chars().filter(c -> c <= ' ' || c >= 127);
  }

  @Provide
  Arbitrary<String> nearAddresses() {
    return Arbitraries.strings().withChars("aZ0.-@+ _\0é").ofMaxLength(12);
  }

  @Provide
  Arbitrary<String> addresses() {
    Arbitrary<String> atom =
        Arbitraries.strings()
            .withCharRange('a', 'z')
            .withCharRange('A', 'Z')
            .withCharRange('0', '9')
            .withChars("!#$%&'*+/=?^_`{|}~-")
            .ofMinLength(1)
            .ofMaxLength(20);
    Arbitrary<String> label =
        Arbitraries.strings()
            .withCharRange('a', 'z')
            .withCharRange('A', 'Z')
            .numeric()
            .ofMinLength(1)
            .ofMaxLength(20);
    return Combinators.combine(
            atom.list().ofMinSize(1).ofMaxSize(3).map(atoms -> String.join(".", atoms)),
            label.list().ofMinSize(1).ofMaxSize(5).map(labels -> String.join(".", labels)))
        .as((local, host) -> local + "@" + host);
  }
}
