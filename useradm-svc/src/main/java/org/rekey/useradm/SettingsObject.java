package org.rekey.useradm;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/// One JSON object of settings, checked and written anew: of members with one name the last is
/// left, and the names that are the server's own are not there. The texts are what clients of the
/// Mender server know.
final class SettingsObject {
  private static final String NO_JSON = "cannot parse request body as json";
  private static final List<String> RESERVED = List.of("_id", "etag", "user_id", "tenant_id");
  private static final int MAX_MEMBERS = 1024;
  private static final int MAX_NAME_BYTES = 128;
  private static final int MAX_STRING_BYTES = 4096;
  private static final int MAX_DEPTH = 64;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private SettingsObject() {}

  static Outcome parse(String text) {
    try {
      return MAPPER.readTree(text) instanceof ObjectNode object
          ? checked(object)
          : new Invalid(NO_JSON);
    } catch (JsonProcessingException e) {
      return new Invalid(NO_JSON);
    }
  }

  private static Outcome checked(ObjectNode object) throws JsonProcessingException {
    object.remove(RESERVED);
    Optional<String> problem = problemOf(object);
    if (problem.isPresent()) {
      return new Invalid(problem.get());
    }
    String json = MAPPER.writeValueAsString(object);
    // Half of a surrogate pair, which JSON can escape and UTF-8 cannot hold.
    return UTF_8.newEncoder().canEncode(json) ? new Checked(json) : new Invalid(NO_JSON);
  }

  private static Optional<String> problemOf(ObjectNode object) {
    if (object.size() > MAX_MEMBERS) {
      return Optional.of("Values: the length must be no more than 1024.");
    }
    for (var member : object.properties()) {
      if (isLonger(member.getKey(), MAX_NAME_BYTES)) {
        return Optional.of("Values: the length of a name must be no more than 128.");
      }
      JsonNode value = member.getValue();
      if (value.isTextual() && isLonger(value.textValue(), MAX_STRING_BYTES)) {
        return Optional.of("Values: the length of a string must be no more than 4096.");
      }
    }
    return Optional.empty();
  }

  private static boolean isLonger(String text, int maxBytes) {
    return text.length() > maxBytes || text.getBytes(UTF_8).length > maxBytes;
  }

  /// What a text turned out to be.
  sealed interface Outcome {}

  /// @param json to be stored
  record Checked(String json) implements Outcome {}

  record Invalid(String problem) implements Outcome {}
}
