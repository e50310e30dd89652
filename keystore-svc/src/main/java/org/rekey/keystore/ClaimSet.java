package org.rekey.keystore;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.map.Purpose;

/// What of a claim set decides whether it may be signed.
///
/// @param issuer null when absent or no string
/// @param user what `mender.user` is
/// @param device what `mender.device` is
record ClaimSet(@Nullable String issuer, Flag user, Flag device) {
  private static final int MAX_DEPTH = 8;
  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(20)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /// A claim that should be `true` or absent.
  enum Flag {
    ABSENT,
    TRUE,
    OTHER
  }

  /// Empty unless the bytes are one JSON object in strict UTF-8 without duplicate members.
  static Optional<ClaimSet> parse(byte[] json) {
    if (json.length == 0 || json[0] != '{') {
      return Optional.empty();
    }
    String issuer = null;
    var user = Flag.ABSENT;
    var device = Flag.ABSENT;
    try (var parser =
        JSON.createParser(UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString())) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        var name = parser.currentName();
        var value = parser.nextToken();
        switch (name) {
          case "iss" -> issuer = value == JsonToken.VALUE_STRING ? parser.getText() : null;
          case "mender.user" -> user = flag(parser);
          case "mender.device" -> device = flag(parser);
          default -> {}
        }
        parser.skipChildren();
      }
      return parser.nextToken() == null
          ? Optional.of(new ClaimSet(issuer, user, device))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  boolean isOf(Purpose purpose) {
    return switch (purpose) {
      case USER -> user == Flag.TRUE && device == Flag.ABSENT;
      case DEVICE -> device == Flag.TRUE && user == Flag.ABSENT;
      case ARTIFACT -> false;
    };
  }

  private static Flag flag(JsonParser parser) {
    return parser.currentToken() == JsonToken.VALUE_TRUE ? Flag.TRUE : Flag.OTHER;
  }
}
