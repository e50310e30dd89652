package org.rekey.verifier.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Reads JSON that strangers write: no name twice, nothing deep or long.
///
/// jackson-core does the reading: it is maintained, fuzzed, rejects duplicate members and too deep
/// nesting by itself, and needs no data binding. Two things are done here, because Jackson is
/// kinder than a stranger deserves: bytes are decoded strictly (it guesses UTF-16 and UTF-32), and
/// the first one must be the brace (it skips a byte order mark). Its table of seen member names is
/// off, so that a stranger's names are not kept.
public final class StrictJson {
  private final JsonFactory factory;

  /// @param maxDepth of objects and lists in one another
  /// @param maxDigits of a number
  /// @param maxText characters of a string or a name
  public StrictJson(int maxDepth, int maxDigits, int maxText) {
    this.factory =
        new JsonFactoryBuilder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(maxDepth)
                    .maxNumberLength(maxDigits)
                    .maxStringLength(maxText)
                    .maxNameLength(maxText)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();
  }

  /// For whoever wants to go through the text in a way of its own.
  public JsonFactory factory() {
    return factory;
  }

  /// Hands every member to the reader, its value as the parser's current token; false when the
  /// bytes are not one JSON object.
  public boolean read(byte[] json, MemberReader reader) {
    if (json.length == 0 || json[0] != '{') {
      return false;
    }
    try (var parser =
        factory.createParser(UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString())) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        var name = parser.currentName();
        parser.nextToken();
        reader.read(name, parser);
        parser.skipChildren();
      }
      return parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }

  /// A string value without halves of surrogate pairs; null for any other value.
  public static @Nullable String string(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      return null;
    }
    var text = parser.getText();
    return UTF_8.newEncoder().canEncode(text) ? text : null;
  }

  /// An integer that fits 64 bits, written as one; null for any other value.
  public static @Nullable Long integer(JsonParser parser) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
        || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      return null;
    }
    return parser.getLongValue();
  }

  /// A boolean; null for any other value.
  public static @Nullable Boolean bool(JsonParser parser) {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  /// Takes one member.
  public interface MemberReader {
    void read(String name, JsonParser value) throws IOException;
  }
}
