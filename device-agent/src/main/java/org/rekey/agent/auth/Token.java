package org.rekey.agent.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/// A credential: never logged.
///
/// @param server the URL of the server that gave it, without a slash at its end
public record Token(String text, String server) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// When it ends, as it says itself; empty when it is of a kind that does not say.
  public Optional<Instant> expires() {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 3) {
      return Optional.empty();
    }
    try {
      JsonNode expiry = JSON.readTree(Base64.getUrlDecoder().decode(parts[1])).path("exp");
      return expiry.canConvertToLong()
          ? Optional.of(Instant.ofEpochSecond(expiry.asLong()))
          : Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return "Token[server=" + server + "]";
  }
}
