package org.rekey.verifier.token;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.json.StrictJson;
import org.rekey.verifier.key.Alg;

/// What a token's header says of how to check it: two hints, of which the key has the last word.
sealed interface Header {
  /// The default key's: Mender's device tokens have no kid at all.
  long DEFAULT_KID = 0;

  /// @param alg compared with the key's, never used instead of it
  record Hint(Alg alg, long kid) implements Header {}

  record Unusable(Reason reason) implements Header {}

  static Header parse(byte[] json) {
    var reading = new Reading();
    if (!CompactJws.JSON.read(json, reading::member) || reading.malformed || reading.alg == null) {
      return new Unusable(Reason.MALFORMED);
    }
    if (reading.unsupported) {
      return new Unusable(Reason.UNSUPPORTED_HEADER);
    }
    var kid = reading.kid;
    return Alg.named(reading.alg)
        .<Header>map(alg -> new Hint(alg, kid))
        .orElseGet(() -> new Unusable(Reason.ALG_MISMATCH));
  }

  /// Keys that come with the token (`jwk`, `jku`, `x5u`, `x5c`) are passed over like any unknown
  /// member: nothing here could use them.
  final class Reading {
    private static final Pattern CANONICAL_KID = Pattern.compile("0|[1-9][0-9]{0,18}");

    private @Nullable String alg;
    private long kid = DEFAULT_KID;
    private boolean malformed;
    private boolean unsupported;

    private void member(String name, JsonParser value) throws IOException {
      switch (name) {
        case "alg" -> {
          alg = StrictJson.string(value);
          malformed |= alg == null;
        }
        case "kid" -> kid(value);
        case "typ" -> {
          var typ = StrictJson.string(value);
          malformed |= typ == null;
          unsupported |= typ != null && !typ.equalsIgnoreCase("JWT");
        }
        case "crit", "b64", "zip" -> unsupported = true;
        default -> {}
      }
    }

    /// A string of decimal digits as RFC 7515 wants it, or a number as Mender writes it.
    private void kid(JsonParser value) throws IOException {
      var text =
          value.currentToken() == JsonToken.VALUE_NUMBER_INT
              ? value.getText()
              : StrictJson.string(value);
      if (text == null || !CANONICAL_KID.matcher(text).matches()) {
        malformed = true;
        return;
      }
      try {
        kid = Long.parseLong(text);
      } catch (NumberFormatException e) {
        malformed = true;
      }
    }
  }
}
