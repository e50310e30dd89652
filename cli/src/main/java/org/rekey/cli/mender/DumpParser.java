package org.rekey.cli.mender;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Timestamp;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.time.Instant;
import java.util.regex.Pattern;
import org.rekey.proto.useradm.v1.TakeOverToken;
import org.rekey.proto.useradm.v1.TakeOverUser;

/// Lines of `mongoexport` from the collections `users` and `tokens` of Mender's database `useradm`.
///
/// A user has `_id`, `email`, `password` (bcrypt), `created_ts`, `updated_ts`, `login_ts`; a token
/// `_id` (`jti`), `sub`, `iat`, `exp`, and with a personal access token `name` and `last_used`. The
/// `key_id` of a token is left out by Mender when it is 0, the default key.
final class DumpParser {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_NUMBER_DIGITS = 400;
  private static final int MAX_ID = 256;
  private static final int MAX_EMAIL = 256;
  private static final int MAX_NAME = 4096;
  private static final Pattern BCRYPT = Pattern.compile("\\$2[aby]\\$[0-9]{2}\\$[./A-Za-z0-9]{53}");
  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxNumberLength(MAX_NUMBER_DIGITS)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final String tenantId;

  /// @param tenantId only what belongs to this tenant; empty in Mender's open-source edition
  DumpParser(String tenantId) {
    this.tenantId = tenantId;
  }

  /// Never throws: whatever cannot be read is refused.
  DumpRecord parse(byte[] line) {
    try {
      String text = text(line);
      return text.isBlank() ? new DumpRecord.Blank() : record(document(text));
    } catch (UnusableValue e) {
      return new DumpRecord.Refused(String.valueOf(e.getMessage()));
    }
  }

  private static String text(byte[] line) throws UnusableValue {
    try {
      return UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(line))
          .toString();
    } catch (CharacterCodingException e) {
      throw new UnusableValue("not UTF-8");
    }
  }

  /// The parser's own messages are not passed on: they quote the text.
  private static JsonNode document(String text) throws UnusableValue {
    JsonNode document;
    try {
      document = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
      throw new UnusableValue("not JSON (about column %d)".formatted(column));
    }
    if (document.isArray()) {
      throw new UnusableValue(
          "an array (expected: one object in each line, as mongoexport writes without"
              + " --jsonArray)");
    }
    if (!document.isObject()) {
      throw new UnusableValue("not an object (expected: one object in each line)");
    }
    return document;
  }

  private DumpRecord record(JsonNode document) throws UnusableValue {
    boolean isUser = document.has("email");
    boolean isToken = document.has("sub");
    if (isUser == isToken) {
      throw new UnusableValue("neither a user (it has email) nor a token (it has sub)");
    }
    JsonNode tenant = document.path("tenant_id");
    if (!(tenant.isTextual() ? tenant.textValue() : "").equals(tenantId)) {
      throw new UnusableValue("tenant_id: another tenant's (expected: that of --tenant-id)");
    }
    return isUser ? user(document) : token(document);
  }

  private static DumpRecord user(JsonNode document) throws UnusableValue {
    String hash = text("password", document, MAX_NAME);
    if (!BCRYPT.matcher(hash).matches()) {
      throw new UnusableValue("password: not a hash of bcrypt");
    }
    TakeOverUser.Builder user =
        TakeOverUser.newBuilder()
            .setId(id("_id", document))
            .setEmail(text("email", document, MAX_EMAIL))
            .setPasswordHash(hash);
    ExtendedJson.time("created_ts", document.path("created_ts"))
        .ifPresent(time -> user.setCreatedAt(timestamp(time)));
    ExtendedJson.time("updated_ts", document.path("updated_ts"))
        .ifPresent(time -> user.setUpdatedAt(timestamp(time)));
    ExtendedJson.time("login_ts", document.path("login_ts"))
        .ifPresent(time -> user.setLoginAt(timestamp(time)));
    return new DumpRecord.User(user.build());
  }

  private static DumpRecord token(JsonNode document) throws UnusableValue {
    Instant issuedAt =
        ExtendedJson.time("iat", document.path("iat"))
            .orElseThrow(() -> new UnusableValue("iat: missing"));
    TakeOverToken.Builder token =
        TakeOverToken.newBuilder()
            .setId(id("_id", document))
            .setUserId(id("sub", document))
            .setIssuedAt(timestamp(issuedAt))
            .setKid(kid(document.path("key_id")));
    ExtendedJson.time("exp", document.path("exp"))
        .ifPresent(time -> token.setExpiresAt(timestamp(time)));
    ExtendedJson.time("last_used", document.path("last_used"))
        .ifPresent(time -> token.setLastUsedAt(timestamp(time)));
    if (document.hasNonNull("name")) {
      token.setName(text("name", document, MAX_NAME));
    }
    JsonNode issuer = document.path("iss");
    return new DumpRecord.Token(token.build(), issuer.isTextual() ? issuer.textValue() : "");
  }

  private static long kid(JsonNode value) throws UnusableValue {
    if (value.isMissingNode() || value.isNull()) {
      return 0;
    }
    long kid = ExtendedJson.number("key_id", value);
    if (kid < 0) {
      throw new UnusableValue("key_id: negative (expected: 0 or a positive whole number)");
    }
    return kid;
  }

  private static String id(String field, JsonNode document) throws UnusableValue {
    String id = ExtendedJson.id(field, document.path(field));
    checkLength(field, id, MAX_ID);
    return id;
  }

  private static String text(String field, JsonNode document, int max) throws UnusableValue {
    JsonNode value = document.path(field);
    if (!value.isTextual()) {
      throw new UnusableValue(field + ": missing, or not a text");
    }
    checkLength(field, value.textValue(), max);
    return value.textValue();
  }

  private static void checkLength(String field, String text, int max) throws UnusableValue {
    int bytes = text.getBytes(UTF_8).length;
    if (bytes == 0 || bytes > max) {
      throw new UnusableValue("%s: %d bytes (expected: 1 to %d)".formatted(field, bytes, max));
    }
  }

  private static Timestamp timestamp(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }
}
