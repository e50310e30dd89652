package org.rekey.useradm;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.rekey.useradm.SettingsObject.Checked;
import org.rekey.useradm.SettingsObject.Invalid;

/// What holds for every text that somebody may send as settings.
class SettingsPropertiesTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> RESERVED = List.of("_id", "etag", "user_id", "tenant_id");

  @Property
  void isAlwaysAnAnswerAndNeverAnError(@ForAll String text) {
    assertThat(SettingsObject.parse(text)).isInstanceOfAny(Checked.class, Invalid.class);
  }

  @Property
  void isAlwaysAnAnswerForWhatLooksLikeJson(@ForAll("nearJson") String text) {
    if (SettingsObject.parse(text) instanceof Checked(String json)) {
      assertThat(json).startsWith("{").endsWith("}");
      assertThat(SettingsObject.parse(json)).isEqualTo(new Checked(json));
    }
  }

  @Property
  void keepsEveryMemberThatIsNotReserved(@ForAll("objects") Map<String, Object> object)
      throws JsonProcessingException {
    Map<String, Object> expected = new HashMap<>(object);
    RESERVED.forEach(expected::remove);
    String text = JSON.writeValueAsString(object);
    assertThat(SettingsObject.parse(text))
        .isInstanceOfSatisfying(
            Checked.class, checked -> assertThat(read(checked.json())).isEqualTo(expected));
  }

  @Property(tries = 200)
  void countsBytesAndNotCharacters(
      @ForAll @IntRange(min = 1, max = 3000) int length, @ForAll boolean isName) {
    String text = "é".repeat(length);
    String json = isName ? "{\"" + text + "\":1}" : "{\"a\":\"" + text + "\"}";
    boolean fits = text.getBytes(UTF_8).length <= (isName ? 128 : 4096);
    assertThat(SettingsObject.parse(json) instanceof Checked).isEqualTo(fits);
  }

  @Property(tries = 50)
  void takesUpTo1024Members(@ForAll @IntRange(min = 1000, max = 1050) int members) {
    StringBuilder json = new StringBuilder("{\"etag\":0");
    for (int i = 0; i < members; i++) {
      json.append(",\"m").append(i).append("\":").append(i);
    }
    boolean taken = SettingsObject.parse(json.append('}').toString()) instanceof Checked;
    assertThat(taken).isEqualTo(members <= 1024);
  }

  @Property(tries = 100)
  void takesNestingUpTo64Levels(@ForAll @IntRange(min = 1, max = 200) int arrays) {
    String json = "{\"a\":" + "[".repeat(arrays) + "]".repeat(arrays) + "}";
    assertThat(SettingsObject.parse(json) instanceof Checked).isEqualTo(arrays + 1 <= 64);
  }

  private static Map<?, ?> read(String json) {
    try {
      return JSON.readValue(json, Map.class);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @Provide
  Arbitrary<String> nearJson() {
    return Arbitraries.strings().withChars("{}[]\",:\\ua1-.eE ntrfls").ofMaxLength(30);
  }

  @Provide
  Arbitrary<Map<String, Object>> objects() {
    Arbitrary<String> words =
        Arbitraries.strings().withCharRange(' ', '\uD7FF').withChars('\0').ofMaxLength(10);
    Arbitrary<String> names = Arbitraries.oneOf(words, Arbitraries.of(RESERVED));
    Arbitrary<Object> leaves =
        Arbitraries.oneOf(
            words.asGeneric(),
            Arbitraries.integers().asGeneric(),
            Arbitraries.of(true, false).asGeneric());
    Arbitrary<Object> values =
        Arbitraries.oneOf(
            leaves,
            leaves.list().ofMaxSize(3).asGeneric(),
            Arbitraries.maps(words, leaves).ofMaxSize(3).asGeneric());
    return Arbitraries.maps(names, values).ofMaxSize(8);
  }
}
