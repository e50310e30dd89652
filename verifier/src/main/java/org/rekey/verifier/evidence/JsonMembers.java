package org.rekey.verifier.evidence;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.rekey.verifier.json.StrictJson;

/// The members of one JSON object, each value as JSON text in one form, whatever form it came in.
final class JsonMembers {
  private static final JsonFactory FACTORY = new StrictJson(4, 20, EventLine.MAX_BYTES).factory();

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
