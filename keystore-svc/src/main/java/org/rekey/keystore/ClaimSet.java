package org.rekey.keystore;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.json.StrictJson;
import org.rekey.verifier.map.Purpose;
import org.rekey.verifier.token.Confirmation;

/// What of a claim set decides whether it may be signed.
///
/// @param issuer null when absent or no string
/// @param user what `mender.user` is
/// @param device what `mender.device` is
record ClaimSet(@Nullable String issuer, Flag user, Flag device) {
  private static final StrictJson JSON = new StrictJson(8, 20, 8192);

  /// A claim that should be `true` or absent.
  enum Flag {
    ABSENT,
    TRUE,
    OTHER
  }

  /// Empty unless the bytes are one JSON object in strict UTF-8 without duplicate members, and
  /// `cnf`, if there is one, has the one shape that verifiers understand.
  static Optional<ClaimSet> parse(byte[] json) {
    var reading = new Reading();
    return JSON.read(json, reading::member) && reading.canBeConfirmed
        ? Optional.of(new ClaimSet(reading.issuer, reading.user, reading.device))
        : Optional.empty();
  }

  private static final class Reading {
    private @Nullable String issuer;
    private Flag user = Flag.ABSENT;
    private Flag device = Flag.ABSENT;
    private boolean canBeConfirmed = true;

    void member(String name, JsonParser value) throws IOException {
      switch (name) {
        case "iss" ->
            issuer = value.currentToken() == JsonToken.VALUE_STRING ? value.getText() : null;
        case "mender.user" -> user = flag(value);
        case "mender.device" -> device = flag(value);
        case Confirmation.CLAIM -> canBeConfirmed = Confirmation.read(value).isPresent();
        default -> {}
      }
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
