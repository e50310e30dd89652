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
import org.rekey.keystore.plan.TokenUsage;

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
        json.writeNumberField("owners", one.owners());
        json.writeBooleanField("any_kid", one.anyKid());
        if (one.lastExpiry() != null) {
          json.writeStringField("last_expiry", one.lastExpiry().toString());
        }
        json.writeArrayFieldStart("top_owners");
        for (TokenUsage.Owner owner : one.topOwners()) {
          json.writeStartObject();
          json.writeStringField("id", owner.id());
          json.writeStringField("name", owner.name());
          json.writeNumberField("tokens", owner.tokens());
          json.writeEndObject();
        }
        json.writeEndArray();
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
    long owners = 0;
    var anyKid = false;
    List<TokenUsage.Owner> topOwners = List.of();
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
        case "owners" -> owners = json.getLongValue();
        case "any_kid" -> anyKid = json.getBooleanValue();
        case "top_owners" -> topOwners = topOwners(json);
        default -> json.skipChildren();
      }
    }
    return new TokenUsage(
        ring, kid, sessions, pats, devices, lastExpiry, neverExpires, owners, topOwners, anyKid);
  }

  private static List<TokenUsage.Owner> topOwners(JsonParser json) throws IOException {
    var owners = new ArrayList<TokenUsage.Owner>();
    while (json.nextToken() == JsonToken.START_OBJECT) {
      var id = "";
      var name = "";
      long tokens = 0;
      while (json.nextToken() != JsonToken.END_OBJECT) {
        var field = json.currentName();
        json.nextToken();
        switch (field) {
          case "id" -> id = json.getText();
          case "name" -> name = json.getText();
          case "tokens" -> tokens = json.getLongValue();
          default -> json.skipChildren();
        }
      }
      owners.add(new TokenUsage.Owner(id, name, tokens));
    }
    return List.copyOf(owners);
  }
}
