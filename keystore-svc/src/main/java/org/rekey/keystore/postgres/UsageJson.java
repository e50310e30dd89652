package org.rekey.keystore.postgres;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.TokenUsage;

/// Usage as the column `usage` has it: an array of objects with short, telling names.
final class UsageJson {
  private static final JsonFactory JSON = new JsonFactory();

  private UsageJson() {}

  static String write(List<TokenUsage> usage) {
    var text = new StringWriter();
    try (var json = JSON.createGenerator(text)) {
      json.writeStartArray();
      for (TokenUsage one : usage) {
        json.writeStartObject();
        json.writeStringField("ring", one.ring());
        json.writeNumberField("kid", one.kid());
        json.writeNumberField("sessions", one.sessions());
        json.writeNumberField("pats", one.personalAccessTokens());
        json.writeNumberField("devices", one.deviceTokens());
        json.writeBooleanField("never_expires", one.neverExpires());
        if (one.lastExpiry() != null) {
          json.writeStringField("last_expiry", one.lastExpiry().toString());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  static List<TokenUsage> read(String text) {
    var usage = new ArrayList<TokenUsage>();
    try (var json = JSON.createParser(text)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.START_OBJECT) {
        usage.add(one(json));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return usage;
  }

  private static TokenUsage one(JsonParser json) throws IOException {
    var ring = "";
    long kid = 0;
    long sessions = 0;
    long pats = 0;
    long devices = 0;
    var neverExpires = false;
    @Nullable Instant lastExpiry = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      var name = json.currentName();
      json.nextToken();
      switch (name) {
        case "ring" -> ring = json.getText();
        case "kid" -> kid = json.getLongValue();
        case "sessions" -> sessions = json.getLongValue();
        case "pats" -> pats = json.getLongValue();
        case "devices" -> devices = json.getLongValue();
        case "never_expires" -> neverExpires = json.getBooleanValue();
        case "last_expiry" -> lastExpiry = Instant.parse(json.getText());
        default -> json.skipChildren();
      }
    }
    return new TokenUsage(ring, kid, sessions, pats, devices, lastExpiry, neverExpires);
  }
}
