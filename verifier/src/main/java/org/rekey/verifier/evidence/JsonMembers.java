package org.rekey.verifier.evidence;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The members of one JSON object, each value as JSON text in one form, whatever form it came in.
final class JsonMembers {
  private static final int MAX_DEPTH = 4;
  private static final int MAX_NUMBER = 20;

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER)
                  .maxStringLength(EventLine.MAX_BYTES)
                  .maxNameLength(EventLine.MAX_BYTES)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private JsonMembers() {}

  /// Empty for what is not one JSON object.
  static Optional<Map<String, String>> of(String json) {
    var members = new LinkedHashMap<String, String>();
    try (var parser = FACTORY.createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        var name = parser.currentName();
        parser.nextToken();
        var value = new StringWriter();
        try (var generator = FACTORY.createGenerator(value)) {
          generator.copyCurrentStructure(parser);
        }
        members.put(name, value.toString());
      }
      return parser.nextToken() == null ? Optional.of(members) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
