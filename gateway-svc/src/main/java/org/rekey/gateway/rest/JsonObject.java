package org.rekey.gateway.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The body of a request: one JSON object in UTF-8 with nothing after it. Members that nobody asks
/// for are ignored, of two with one name the last one counts, `null` is the same as absent.
///
/// Nothing of the body gets into the text of an error: there may be a password in it.
final class JsonObject {
  private static final int MAX_DEPTH = 64;
  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // So that a number goes on as it came.
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final String source;
  private final JsonNode members;
  private final UnaryOperator<String> words;

  private JsonObject(String source, JsonNode members, UnaryOperator<String> words) {
    this.source = source;
    this.members = members;
    this.words = words;
  }

  /// @param words makes the text of an error of what is wrong with the body
  static JsonObject parse(byte[] body, UnaryOperator<String> words) throws BadRequest {
    if (body.length == 0) {
      throw new BadRequest(words.apply("it is empty"));
    }
    try {
      // Decoded here, because Jackson would guess at UTF-16 and UTF-32.
      String source = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
      JsonNode members = JSON.readTree(source);
      if (!members.isObject()) {
        throw new BadRequest(words.apply("not a JSON object"));
      }
      return new JsonObject(source, members, words);
    } catch (CharacterCodingException e) {
      throw new BadRequest(words.apply("not UTF-8"));
    } catch (JsonProcessingException e) {
      throw new BadRequest(words.apply("not JSON"));
    }
  }

  /// The whole body as it came.
  String source() {
    return source;
  }

  /// A string. Half a character (an unpaired surrogate) is none.
  Optional<String> text(String name) throws BadRequest {
    JsonNode value = members.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw wrong(name, "not a string");
    }
    String text = value.textValue();
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw wrong(name, "half a character");
    }
    return Optional.of(text);
  }

  /// A string, or an array of strings; absent is none.
  List<String> texts(String name) throws BadRequest {
    JsonNode value = members.path(name);
    if (!value.isArray()) {
      return text(name).stream().toList();
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : value) {
      if (!element.isTextual()) {
        throw wrong(name, "not an array of strings");
      }
      texts.add(element.textValue());
    }
    return texts;
  }

  /// An object, as JSON.
  Optional<String> object(String name) throws BadRequest {
    JsonNode value = members.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isObject()) {
      throw wrong(name, "not an object");
    }
    return Optional.of(value.toString());
  }

  /// A boolean; absent is `false`.
  boolean flag(String name) throws BadRequest {
    JsonNode value = members.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return false;
    }
    if (!value.isBoolean()) {
      throw wrong(name, "not a boolean");
    }
    return value.booleanValue();
  }

  /// A whole number, written as one; absent is 0.
  long integer(String name) throws BadRequest {
    JsonNode value = members.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return 0;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw wrong(name, "not a whole number");
    }
    return value.longValue();
  }

  private BadRequest wrong(String name, String problem) {
    return new BadRequest(words.apply(name + ": " + problem));
  }
}
