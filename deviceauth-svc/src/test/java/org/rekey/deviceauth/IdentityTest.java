package org.rekey.deviceauth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
  private static final String NOT_STRICT =
      "no JSON object (expected: strict JSON, no name twice, at most 16 levels, numbers up to"
          + " 1e308)";

  private static String canonical(String text) {
    assertThat(Identity.parse(text)).isInstanceOf(Identity.Usable.class);
    return ((Identity.Usable) Identity.parse(text)).identity().json();
  }

  private static String refusal(String text) {
    assertThat(Identity.parse(text)).isInstanceOf(Identity.Refused.class);
    return ((Identity.Refused) Identity.parse(text)).why();
  }

  @Test
  void hasNoWhiteSpaceAndItsMembersInOrder() {
    assertThat(canonical(" {\"sn\" :\t\"1\",\r\n\"mac\":[ \"a\" , \"b\" ],\"\":null} "))
        .isEqualTo("{\"\":null,\"mac\":[\"a\",\"b\"],\"sn\":\"1\"}");
  }

  @Test
  void keepsTheOrderOfAnArray() {
    assertThat(canonical("{\"mac\":[\"b\",\"a\"]}")).isEqualTo("{\"mac\":[\"b\",\"a\"]}");
  }

  @Test
  void ordersNamesByTheirBytesAndNotByTheirChars() {
    String afterSurrogatesInUtf16 = "\uffee";
    String supplementary = "\ud83d\ude00";
    assertThat(canonical("{\"%s\":1,\"%s\":2}".formatted(supplementary, afterSurrogatesInUtf16)))
        .isEqualTo("{\"%s\":2,\"%s\":1}".formatted(afterSurrogatesInUtf16, supplementary));
  }

  @Test
  void isTheSameHoweverItIsEscaped() {
    assertThat(canonical("{\"mac\":\"\\u003c\\u0026\\/\\u00e9\\ud83d\\ude00\\u0041\"}"))
        .isEqualTo("{\"mac\":\"<&/é\ud83d\ude00A\"}");
    assertThat(canonical("{\"\\u006dac\":\"\\\"\\\\\\n\"}")).isEqualTo("{\"mac\":\"\\\"\\\\\\n\"}");
  }

  @Test
  void holdsCharactersThatADatabaseDoesNot() {
    assertThat(canonical("{\"a\\u0000\":\"\\u0000\"}")).isEqualTo("{\"a\\u0000\":\"\\u0000\"}");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1.0, 1",
    "1e0, 1",
    "10E-1, 1",
    "-0, 0",
    "0.000e9, 0",
    "0e999999999, 0",
    "1.50, 1.5",
    "1e3, 1000",
    "-12e-1, -1.2",
    "9007199254740993, 9007199254740993",
    "123456789012345678901234567890123456789012, 123456789012345678901234567890123456789012",
    "1e39, 1000000000000000000000000000000000000000",
    "1e40, 1E+40",
    "1e-40, 0.0000000000000000000000000000000000000001",
    "1e-41, 1E-41",
    "1e307, 1E+307",
    "1e-309, 1E-309",
  })
  void writesANumberByItsExactValue(String number, String expected) {
    assertThat(canonical("{\"n\":" + number + "}")).isEqualTo("{\"n\":" + expected + "}");
  }

  /// Whoever lists the devices reads this number; some programs read no list with it.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e308",
        "1e400",
        "-1e400",
        "1e-310",
        "10e2147483647",
        "100e2147483647",
        "1e-2147483647",
        "10e-2147483648",
        "12345678901234567890e2147483630",
        "1e99999999999",
      })
  void refusesANumberThatNoDoubleHolds(String number) {
    assertThat(refusal("{\"n\":" + number + "}")).isEqualTo(NOT_STRICT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"a\":{\"b\":1,\"b\":2}}",
        "{'a':1}",
        "{a:1}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":NaN}",
        "{\"a\":1/**/}",
        "{\"a\":\"\\ud800\"}",
        "{\"\\udc00\":1}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\0\"}",
        "\uFEFF{\"a\":1}",
      })
  void refusesWhatIsNotStrictJson(String text) {
    assertThat(refusal(text)).isEqualTo(NOT_STRICT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "null", "1", "\"{}\"", "[{\"a\":1}]"})
  void refusesOtherValues(String text) {
    assertThat(refusal(text))
        .isEqualTo("no JSON object (expected: an object such as {\"mac\":\"…\"})");
  }

  @Test
  void refusesAnObjectThatSaysNothing() {
    assertThat(refusal(" { } "))
        .isEqualTo("empty (expected: a JSON object with at least one member)");
  }

  @Test
  void refusesWhatFollowsTheObject() {
    assertThat(refusal("{\"a\":1} {\"a\":2}"))
        .isEqualTo("more than one JSON value (expected: one object)");
    assertThat(refusal("{\"a\":1} x")).isEqualTo(NOT_STRICT);
  }

  @Test
  void boundsItsLength() {
    assertThat(refusal("{\"a\":\"" + "x".repeat(8185) + "\"}"))
        .isEqualTo("8193 bytes (expected: at most 8192)");
    assertThat(canonical("{\"a\":\"" + "x".repeat(8184) + "\"}").getBytes(UTF_8)).hasSize(8192);
    assertThat(refusal("{\"a\":\"" + "é".repeat(4093) + "\"}"))
        .isEqualTo("8194 bytes (expected: at most 8192)");
    assertThat(refusal(" ".repeat(70_000)))
        .isEqualTo("too long (expected: at most 65536 characters)");
  }

  @Test
  void boundsItsDepthAtNoCost() {
    assertThat(canonical("{\"a\":".repeat(16) + "1" + "}".repeat(16))).isNotEmpty();
    assertThat(refusal("{\"a\":".repeat(17) + "1" + "}".repeat(17))).isEqualTo(NOT_STRICT);
    assertThat(refusal("{\"a\":" + "[".repeat(60_000))).isEqualTo(NOT_STRICT);
  }

  @Test
  void isKnownByTheHashOfItsText() {
    assertThat(HexFormat.of().formatHex(new Identity("{\"a\":1}").sha256()))
        .isEqualTo("015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862");
  }
}
