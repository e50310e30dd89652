package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// What holds for every identity that a device may make up.
class IdentityPropertiesTest {

  @Property
  void isOneWhateverTheOrderOfItsMembers(
      @ForAll("members") Map<String, String> members, @ForAll Random random) {
    List<String> parts = new ArrayList<>();
    members.forEach((name, value) -> parts.add(quoted(name) + ": " + value));
    String inOrder = "{" + String.join(",", parts) + "}";
    Collections.shuffle(parts, random);
    String shuffled = "{ " + String.join("\n, ", parts) + "}";
    assertThat(Identity.parse(shuffled))
        .isEqualTo(Identity.parse(inOrder))
        .isInstanceOf(Identity.Usable.class);
  }

  @Property
  void staysAsItIsWhenReadAgain(@ForAll("members") Map<String, String> members) {
    List<String> parts = new ArrayList<>();
    members.forEach((name, value) -> parts.add(quoted(name) + ":" + value));
    Identity.Parsed once = Identity.parse("{" + String.join(",", parts) + "}");
    assertThat(Identity.parse(((Identity.Usable) once).identity().json())).isEqualTo(once);
  }

  @Property
  void isAnotherForEveryOtherText(@ForAll String one, @ForAll String other) {
    Identity.Parsed first = Identity.parse("{\"a\":" + quoted(one) + "}");
    Identity.Parsed second = Identity.parse("{\"a\":" + quoted(other) + "}");
    if (first instanceof Identity.Usable) {
      assertThat(first.equals(second)).isEqualTo(one.equals(other));
    }
  }

  @Property
  void isTheSameForEqualNumbersAlone(
      @ForAll("numbers") String one, @ForAll("numbers") String other) {
    boolean equal = new BigDecimal(one).compareTo(new BigDecimal(other)) == 0;
    Identity.Parsed first = Identity.parse("{\"a\":" + one + "}");
    if (first instanceof Identity.Usable) {
      assertThat(first.equals(Identity.parse("{\"a\":" + other + "}"))).isEqualTo(equal);
    }
  }

  /// Never an exception, whatever the text.
  @Property
  void isReadOrRefused(@ForAll("nearlyJson") String text) {
    if (Identity.parse(text) instanceof Identity.Usable(Identity identity)) {
      assertThat(Identity.parse(identity.json())).isEqualTo(new Identity.Usable(identity));
      assertThat(identity.json()).doesNotContain("\0");
    }
  }

  private static String quoted(String text) {
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
  }

  @Provide
  Arbitrary<Map<String, String>> members() {
    Arbitrary<String> texts = Arbitraries.strings().all().ofMaxLength(6);
    Arbitrary<String> wellFormed = texts.filter(IdentityPropertiesTest::isWellFormed);
    Arbitrary<String> values =
        Arbitraries.oneOf(
            wellFormed.map(IdentityPropertiesTest::quoted),
            Arbitraries.doubles().map(Object::toString).filter(IdentityPropertiesTest::isModest),
            Arbitraries.longs().map(Object::toString),
            Arbitraries.of("true", "null", "[]", "{}", "[1.0,[\"x\"]]"));
    return Arbitraries.maps(wellFormed, values).ofMinSize(1).ofMaxSize(8);
  }

  private static boolean isWellFormed(String text) {
    return text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }

  private static boolean isModest(String number) {
    double value = Math.abs(Double.parseDouble(number));
    return value == 0 || (value > 1e-300 && value < 1e300);
  }

  @Provide
  Arbitrary<String> numbers() {
    Arbitrary<String> digits = Arbitraries.of("1", "-1", "10", "1.0", "0", "0.1", "100");
    return digits.flatMap(
        number -> Arbitraries.integers().between(-400, 400).map(e -> number + "e" + e / 100));
  }

  @Provide
  Arbitrary<String> nearlyJson() {
    return Arbitraries.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"a\"",
            "\"b\"",
            "1",
            "e",
            "E+",
            "2147483647",
            "-",
            ".",
            "0",
            "\\u0000",
            "\"",
            "\\ud800",
            "null",
            "true",
            " ",
            "\0",
            "é",
            "999999999")
        .list()
        .ofMaxSize(12)
        .map(parts -> "{\"a\":" + String.join("", parts) + "}");
  }
}
