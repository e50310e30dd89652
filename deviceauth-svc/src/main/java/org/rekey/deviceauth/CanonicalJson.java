package org.rekey.deviceauth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// One text for all the ways to write a JSON object: members in the order of their names' UTF-8
/// bytes, no white space, no escape that is not needed, numbers by their exact value.
///
/// RFC 8785 does the same with numbers as doubles, in which 2⁵³ and 2⁵³ + 1 are one; serial numbers
/// of devices must not be.
final class CanonicalJson {
  private static final int MAX_PLAIN_DIGITS = 40;
  private static final int MAX_EXPONENT = 308;
  private static final Comparator<String> BY_UTF8 =
      Comparator.comparing(name -> name.getBytes(UTF_8), Arrays::compareUnsigned);

  private CanonicalJson() {}

  static Result ofObject(String text) {
    if (text.length() > DeviceJson.MAX_TEXT) {
      return new Flawed(
          "too long (expected: at most %d characters)".formatted(DeviceJson.MAX_TEXT));
    }
    try (JsonParser parser = DeviceJson.parser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return new Flawed("no JSON object (expected: an object such as {\"mac\":\"…\"})");
      }
      String json = object(parser);
      return parser.nextToken() == null
          ? new Canonical(json)
          : new Flawed("more than one JSON value (expected: one object)");
    } catch (IOException | NumberFormatException e) {
      return new Flawed(
          ("no JSON object (expected: strict JSON, no name twice, at most %d levels, numbers up to"
                  + " 1e%d)")
              .formatted(DeviceJson.MAX_DEPTH, MAX_EXPONENT));
    }
  }

  private static String value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> string(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText());
      case VALUE_TRUE -> "true";
      case VALUE_FALSE -> "false";
      case VALUE_NULL -> "null";
      default -> throw new IOException("token: " + parser.currentToken());
    };
  }

  private static String object(JsonParser parser) throws IOException {
    Map<String, String> members = new TreeMap<>(BY_UTF8);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      String quoted = string(name);
      parser.nextToken();
      members.put(name, quoted + ":" + value(parser));
    }
    return "{" + String.join(",", members.values()) + "}";
  }

  private static String array(JsonParser parser) throws IOException {
    List<String> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value(parser));
    }
    return "[" + String.join(",", elements) + "]";
  }

  private static String string(String text) throws IOException {
    if (!UTF_8.newEncoder().canEncode(text)) {
      throw new IOException("half of a surrogate pair");
    }
    return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
  }

  /// The same text for 1, 1.0 and 1e0, and never a long one for a short one. What no double holds
  /// is refused: whoever lists the devices reads it, and many programs could not.
  private static String number(String text) throws IOException {
    BigDecimal value = new BigDecimal(text);
    if (value.signum() == 0) {
      return "0";
    }
    long digitsBeforePoint = (long) value.precision() - value.scale();
    if (Math.abs(digitsBeforePoint) > MAX_EXPONENT) {
      throw new IOException("a number that no double holds");
    }
    BigDecimal shortest = value.stripTrailingZeros();
    return digitsBeforePoint <= MAX_PLAIN_DIGITS && shortest.scale() <= MAX_PLAIN_DIGITS
        ? shortest.toPlainString()
        : shortest.toString();
  }

  /// What a text turned out to be.
  sealed interface Result {}

  record Canonical(String json) implements Result {}

  /// @param why what is wrong, and what is expected
  record Flawed(String why) implements Result {}
}
