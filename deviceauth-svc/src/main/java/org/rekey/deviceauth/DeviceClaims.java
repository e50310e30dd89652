package org.rekey.deviceauth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.token.CertificateThumbprint;
import org.rekey.verifier.token.Confirmation;

/// The claims of a device's token, as the Mender server writes them: other services of Mender read
/// plan and add-ons there. But `jti` is the token's own and `nbf` is a time.
///
/// @param certificate the one that the token is bound to (RFC 8705 section 3.1); null: none
record DeviceClaims(
    String tokenId,
    String deviceId,
    String issuer,
    Instant issuedAt,
    Instant expiresAt,
    @Nullable CertificateThumbprint certificate) {
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
      if (certificate != null) {
        json.writeObjectFieldStart(Confirmation.CLAIM);
        json.writeStringField(Confirmation.CERTIFICATE, certificate.text());
        json.writeEndObject();
      }
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
