package org.rekey.useradm;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The claims of a user's token, as the Mender server writes them and with `nbf` always there.
///
/// @param expiresAt null: the token never expires and carries no `exp`
record UserClaims(
    String tokenId, String userId, String issuer, Instant issuedAt, @Nullable Instant expiresAt) {
  private static final JsonFactory JSON = new JsonFactory();

  byte[] json() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("jti", tokenId);
      json.writeStringField("sub", userId);
      if (expiresAt != null) {
        json.writeNumberField("exp", expiresAt.getEpochSecond());
      }
      json.writeNumberField("iat", issuedAt.getEpochSecond());
      json.writeBooleanField("mender.user", true);
      json.writeStringField("iss", issuer);
      json.writeStringField("scp", "mender.*");
      json.writeNumberField("nbf", issuedAt.getEpochSecond());
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
