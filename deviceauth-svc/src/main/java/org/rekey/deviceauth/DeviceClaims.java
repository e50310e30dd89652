package org.rekey.deviceauth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;

/// The claims of a device's token, as the Mender server writes them: other services of Mender read
/// plan and add-ons there. But `jti` is the token's own and `nbf` is a time.
record DeviceClaims(
    String tokenId, String deviceId, String issuer, Instant issuedAt, Instant expiresAt) {
  private static final JsonFactory JSON = new JsonFactory();
  private static final List<String> ADDONS = List.of("configure", "troubleshoot", "monitor");

  byte[] json() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeStringField("jti", tokenId);
      json.writeStringField("sub", deviceId);
      json.writeStringField("iss", issuer);
      json.writeNumberField("exp", expiresAt.getEpochSecond());
      json.writeNumberField("iat", issuedAt.getEpochSecond());
      json.writeNumberField("nbf", issuedAt.getEpochSecond());
      json.writeBooleanField("mender.device", true);
      json.writeStringField("mender.plan", "enterprise");
      json.writeBooleanField("mender.trial", false);
      json.writeArrayFieldStart("mender.addons");
      for (String addon : ADDONS) {
        json.writeStartObject();
        json.writeStringField("name", addon);
        json.writeBooleanField("enabled", true);
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
