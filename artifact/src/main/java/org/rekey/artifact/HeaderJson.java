package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One JSON object of an artifact, read strictly: no member twice, nothing after it.
final class HeaderJson {
  private static final int DEPTH = 16;
  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(DEPTH).build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode node;
  private final String where;
  private final Rule rule;

  private HeaderJson(JsonNode node, String where, Rule rule) {
    this.node = node;
    this.where = where;
    this.rule = rule;
  }

  static HeaderJson parse(byte[] bytes, String where, Rule rule) throws Damage {
    try {
      // As text: from bytes the library would take UTF-16 and UTF-32 too, which devices do not
      // read.
      var node = MAPPER.readTree(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
      if (node != null && node.isObject()) {
        return new HeaderJson(node, where, rule);
      }
    } catch (JsonProcessingException | CharacterCodingException e) {
      throw new Damage(rule, where + ": not JSON (expected: one object in UTF-8, no member twice)");
    }
    throw new Damage(rule, where + ": not a JSON object (expected: one)");
  }

  /// An empty one where there is none.
  HeaderJson object(String name) throws Damage {
    var value = node.path(name);
    if (!value.isMissingNode() && !value.isNull() && !value.isObject()) {
      throw wrong(name, "an object");
    }
    return new HeaderJson(value, where + ": " + name, rule);
  }

  List<HeaderJson> objects(String name) throws Damage {
    List<HeaderJson> objects = new ArrayList<>();
    for (JsonNode each : array(name)) {
      if (!each.isObject()) {
        throw wrong(name, "an array of objects");
      }
      objects.add(new HeaderJson(each, where + ": " + name, rule));
    }
    return objects;
  }

  List<String> texts(String name) throws Damage {
    List<String> texts = new ArrayList<>();
    for (JsonNode each : array(name)) {
      if (!each.isTextual()) {
        throw wrong(name, "an array of texts");
      }
      texts.add(each.textValue());
    }
    return texts;
  }

  private JsonNode array(String name) throws Damage {
    var value = node.path(name);
    if (!value.isMissingNode() && !value.isNull() && !value.isArray()) {
      throw wrong(name, "an array");
    }
    if (value.size() > Limits.ENTRIES) {
      throw new Damage(
          Rule.LIMIT,
          "%s: %s has %d entries (expected: at most %d)"
              .formatted(where, name, value.size(), Limits.ENTRIES));
    }
    return value;
  }

  /// Null for none and for JSON's null.
  @Nullable String text(String name) throws Damage {
    var value = node.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw wrong(name, "a text");
    }
    return value.textValue();
  }

  String requiredText(String name) throws Damage {
    var text = text(name);
    if (text == null || text.isEmpty()) {
      throw wrong(name, "a text that is not empty");
    }
    return text;
  }

  int number(String name) throws Damage {
    var value = node.path(name);
    if (!value.isInt()) {
      throw wrong(name, "a whole number");
    }
    return value.intValue();
  }

  /// Every member, a text as it is and anything else as JSON.
  Map<String, String> members() {
    Map<String, String> members = new LinkedHashMap<>();
    node.properties()
        .forEach(
            each ->
                members.put(
                    each.getKey(),
                    each.getValue().isTextual()
                        ? each.getValue().textValue()
                        : each.getValue().toString()));
    return members;
  }

  private Damage wrong(String name, String expected) {
    return new Damage(rule, "%s: %s (expected: %s)".formatted(where, name, expected));
  }
}
