package org.rekey.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonObjectTest {
  private static JsonObject parse(String json) throws BadRequest {
    return parse(json.getBytes(StandardCharsets.UTF_8));
  }

  private static JsonObject parse(byte[] json) throws BadRequest {
    return JsonObject.parse(json, why -> "body: " + why);
  }

  @Test
  void readsMembers() throws BadRequest {
    JsonObject object = parse("{\"a\":\"é\",\"b\":true,\"c\":-5,\"other\":[{}],\"d\":null}");
    assertThat(object.text("a")).hasValue("é");
    assertThat(object.flag("b")).isTrue();
    assertThat(object.integer("c")).isEqualTo(-5);
    assertThat(object.text("d")).isEmpty();
    assertThat(object.text("none")).isEmpty();
    assertThat(object.flag("none")).isFalse();
    assertThat(object.integer("d")).isZero();
  }

  @Test
  void ofTwoMembersWithOneNameTheLastCounts() throws BadRequest {
    assertThat(parse("{\"a\":\"1\",\"a\":\"2\"}").text("a")).hasValue("2");
  }

  @Test
  void namesAreCaseSensitive() throws BadRequest {
    assertThat(parse("{\"Email\":\"x\"}").text("email")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "[]",
        "null",
        "\"x\"",
        "1",
        "{",
        "{}x",
        "{} {}",
        "{},",
        "{'a':1}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":NaN}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":1}//",
        "/**/{}",
        "{\"a\"}",
        "\uFEFF[]"
      })
  void refusesWhatIsNotOneObject(String json) {
    assertThatThrownBy(() -> parse(json)).isInstanceOf(BadRequest.class);
  }

  @Test
  void refusesOtherEncodings() {
    byte[] utf16 = "{\"a\":\"b\"}".getBytes(StandardCharsets.UTF_16LE);
    byte[] latin1 = "{\"a\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1);
    byte[] overlong = {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', ':', '1', '}'};
    for (byte[] body : List.of(utf16, latin1, overlong)) {
      assertThatThrownBy(() -> parse(body)).isInstanceOf(BadRequest.class);
    }
  }

  @Test
  void refusesHalfACharacter() throws BadRequest {
    JsonObject object = parse("{\"a\":\"\\ud800\"}");
    assertThatThrownBy(() -> object.text("a")).hasMessage("body: a: half a character");
  }

  @Test
  void boundsTheDepth() throws BadRequest {
    parse("{\"a\":" + "[".repeat(63) + "]".repeat(63) + "}");
    assertThatThrownBy(() -> parse("{\"a\":" + "[".repeat(64) + "]".repeat(64) + "}"))
        .isInstanceOf(BadRequest.class);
    assertThatThrownBy(() -> parse("{\"a\":" + "[".repeat(500_000))).isInstanceOf(BadRequest.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "true", "[]", "{}", "1.5"})
  void aTextMustBeAString(String value) throws BadRequest {
    JsonObject object = parse("{\"a\":" + value + "}");
    assertThatThrownBy(() -> object.text("a")).hasMessage("body: a: not a string");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "\"true\"", "[]", "{}"})
  void aFlagMustBeABoolean(String value) throws BadRequest {
    JsonObject object = parse("{\"a\":" + value + "}");
    assertThatThrownBy(() -> object.flag("a")).hasMessage("body: a: not a boolean");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "1e3", "\"1\"", "true", "[]", "9223372036854775808"})
  void aWholeNumberMustBeWrittenAsOne(String value) throws BadRequest {
    JsonObject object = parse("{\"a\":" + value + "}");
    assertThatThrownBy(() -> object.integer("a")).hasMessage("body: a: not a whole number");
  }

  @Test
  void theErrorTellsNothingOfTheBody() {
    assertThatThrownBy(() -> parse("{\"password\":\"hunter22\" hunter22"))
        .hasMessage("body: not JSON");
  }

  /// Whatever comes, it is read or it is a bad request.
  @Test
  void randomBytesAndMutatedJsonAreReadOrRefused() {
    Random random = new Random(20_261_101);
    byte[] seed =
        "{\"email\":\"a@example.com\",\"password\":\"\\u0041é\",\"expires_in\":12e3,\"x\":[null,{}]}"
            .getBytes(StandardCharsets.UTF_8);
    int read = 0;
    for (int i = 0; i < 200_000; i++) {
      byte[] body = i % 4 == 0 ? randomBytes(random) : mutated(seed, random);
      try {
        JsonObject object = parse(body);
        object.text("email");
        object.text("password");
        object.flag("x");
        object.integer("expires_in");
        read++;
      } catch (BadRequest e) {
        assertThat(e.text()).startsWith("body: ");
      }
    }
    assertThat(read).isPositive();
  }

  private static byte[] randomBytes(Random random) {
    byte[] bytes = new byte[random.nextInt(64)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] mutated(byte[] seed, Random random) {
    byte[] bytes = Arrays.copyOf(seed, seed.length - random.nextInt(3));
    String alphabet = "{}[]\",:\\u0eE+-.tfn\u0000\u007f ";
    for (int changes = random.nextInt(4); changes > 0; changes--) {
      boolean plain = random.nextBoolean();
      bytes[random.nextInt(bytes.length)] =
          (byte) (plain ? alphabet.charAt(random.nextInt(alphabet.length())) : random.nextInt(256));
    }
    return bytes;
  }
}
