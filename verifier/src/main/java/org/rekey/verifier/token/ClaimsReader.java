package org.rekey.verifier.token;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.json.StrictJson;

/// Reads the claims of a token whose signature is good.
final class ClaimsReader {
  private static final int MAX_ID = 256;

  private final Map<String, String> strings = new HashMap<>();
  private final Map<String, Long> times = new HashMap<>();
  private final Map<String, Boolean> flags = new HashMap<>();
  private @Nullable CertificateThumbprint certificate;
  private boolean wrongType;

  private ClaimsReader() {}

  static Payload read(byte[] payload) {
    var reader = new ClaimsReader();
    if (!CompactJws.JSON.read(payload, reader::member)) {
      return new Payload.Unusable(Reason.MALFORMED);
    }
    return reader.said();
  }

  private void member(String name, JsonParser value) throws IOException {
    switch (name) {
      case "iss", "sub", "jti", "scp" -> keep(strings, name, StrictJson.string(value));
      case "exp", "nbf", "iat" -> keep(times, name, StrictJson.integer(value));
      case "mender.user", "mender.device" -> keep(flags, name, StrictJson.bool(value));
      case Confirmation.CLAIM -> {
        certificate = Confirmation.read(value).orElse(null);
        wrongType |= certificate == null;
      }
      default -> {}
    }
  }

  private <T> void keep(Map<String, T> claims, String name, @Nullable T value) {
    if (value == null) {
      wrongType = true;
    } else {
      claims.put(name, value);
    }
  }

  private Payload said() {
    var issuer = strings.get("iss");
    var subject = strings.get("sub");
    var tokenId = strings.get("jti");
    if (wrongType || issuer == null || subject == null || tokenId == null) {
      return new Payload.Unusable(Reason.BAD_CLAIMS);
    }
    if (!isId(subject) || !isId(tokenId)) {
      return new Payload.Unusable(Reason.BAD_CLAIMS);
    }
    return new Payload.Said(
        issuer,
        subject,
        tokenId,
        strings.get("scp"),
        flags.getOrDefault("mender.user", false),
        flags.getOrDefault("mender.device", false),
        times.get("iat"),
        times.get("nbf"),
        times.get("exp"),
        certificate);
  }

  /// Ids go into databases and logs: bounded, and without control characters.
  private static boolean isId(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_ID
        && text.chars().noneMatch(Character::isISOControl);
  }
}
