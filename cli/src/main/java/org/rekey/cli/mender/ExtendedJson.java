package org.rekey.cli.mender;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/// Values of MongoDB's Extended JSON: version 2, canonical and relaxed, and what version 1 writes
/// otherwise. See <https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/>.
final class ExtendedJson {
  private static final Pattern OBJECT_ID = Pattern.compile("[0-9a-fA-F]{24}");
  private static final int UUID_BYTES = 16;

  /// Generic, UUID of old drivers, UUID. Mender's own drivers read all three as the same bytes.
  private static final Set<String> UUID_SUBTYPES = Set.of("00", "0", "03", "3", "04", "4");

  /// A plain number below it is in seconds, as in a JWT; one from it on in milliseconds, as MongoDB
  /// counts. In seconds it is the year 5138, in milliseconds 1973.
  private static final long FIRST_MILLIS = 100_000_000_000L;

  private static final Instant FIRST_TIME = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LAST_TIME = Instant.parse("9999-12-31T23:59:59.999999999Z");

  /// Offsets with and without a colon.
  private static final DateTimeFormatter ISO =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
          .appendPattern("[XXX][XX]")
          .toFormatter(java.util.Locale.ROOT);

  private ExtendedJson() {}

  /// An id as a JWT writes it: a text as it is, a UUID in its usual form, an ObjectId as 24 hex
  /// digits.
  static String id(String field, JsonNode value) throws UnusableValue {
    if (value.isTextual()) {
      return value.textValue();
    }
    JsonNode objectId = value.path("$oid");
    if (objectId.isTextual() && OBJECT_ID.matcher(objectId.textValue()).matches()) {
      return objectId.textValue().toLowerCase(java.util.Locale.ROOT);
    }
    JsonNode uuid = value.path("$uuid");
    if (uuid.isTextual()) {
      return uuid(field, uuid.textValue());
    }
    if (value.has("$binary")) {
      return binaryUuid(field, value);
    }
    throw new UnusableValue(field + ": not an id (expected: a text, a UUID or an ObjectId)");
  }

  private static String uuid(String field, String text) throws UnusableValue {
    try {
      UUID uuid = UUID.fromString(text);
      if (uuid.toString().equalsIgnoreCase(text)) {
        return uuid.toString();
      }
    } catch (IllegalArgumentException e) {
      // The same answer as to what is too short.
    }
    throw new UnusableValue(field + ": not a UUID");
  }

  private static String binaryUuid(String field, JsonNode value) throws UnusableValue {
    JsonNode binary = value.get("$binary");
    JsonNode base64 = binary.isObject() ? binary.path("base64") : binary;
    JsonNode subtype = binary.isObject() ? binary.path("subType") : value.path("$type");
    if (!base64.isTextual() || !subtype.isTextual()) {
      throw new UnusableValue(field + ": not binary data (expected: base64 and subType)");
    }
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64.textValue());
    } catch (IllegalArgumentException e) {
      throw new UnusableValue(field + ": not base64");
    }
    if (!UUID_SUBTYPES.contains(subtype.textValue()) || bytes.length != UUID_BYTES) {
      throw new UnusableValue(
          field + ": binary data that is not a UUID (expected: 16 bytes of subType 04 or 03)");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new UUID(buffer.getLong(), buffer.getLong()).toString();
  }

  /// A point in time in any of the forms of `$date`, or a plain number. Mender writes some of them
  /// into a document of their own, `{"time": …}`. Empty for none, be it missing, null, or the year
  /// 1 that stands for no time in Go.
  static Optional<Instant> time(String field, JsonNode value) throws UnusableValue {
    if (value.isMissingNode() || value.isNull()) {
      return Optional.empty();
    }
    if (value.has("time")) {
      return time(field, value.get("time"));
    }
    Instant time = value.has("$date") ? date(field, value.get("$date")) : plainTime(field, value);
    if (time.isBefore(FIRST_TIME) || time.isAfter(LAST_TIME)) {
      throw new UnusableValue(field + ": not a time that can be (expected: the years 1 to 9999)");
    }
    return time.equals(FIRST_TIME) ? Optional.empty() : Optional.of(time);
  }

  private static Instant date(String field, JsonNode value) throws UnusableValue {
    return value.isTextual()
        ? parsed(field, value.textValue())
        : Instant.ofEpochMilli(number(field, value));
  }

  private static Instant plainTime(String field, JsonNode value) throws UnusableValue {
    JsonNode seconds = value.path("$timestamp").path("t");
    if (value.isTextual()) {
      return parsed(field, value.textValue());
    }
    long number = number(field, seconds.isMissingNode() ? value : seconds);
    return Math.abs(number) < FIRST_MILLIS
        ? Instant.ofEpochSecond(number)
        : Instant.ofEpochMilli(number);
  }

  private static Instant parsed(String field, String text) throws UnusableValue {
    try {
      return OffsetDateTime.parse(text, ISO).toInstant();
    } catch (DateTimeException e) {
      throw new UnusableValue(field + ": not a time (expected: as in 2026-01-31T12:00:00Z)");
    }
  }

  /// A whole number, plain or in one of the wrappings of canonical Extended JSON.
  static long number(String field, JsonNode value) throws UnusableValue {
    if (value.isIntegralNumber() && value.canConvertToLong()) {
      return value.longValue();
    }
    for (String wrapping : new String[] {"$numberLong", "$numberInt"}) {
      JsonNode wrapped = value.path(wrapping);
      if (wrapped.isTextual()) {
        try {
          return Long.parseLong(wrapped.textValue());
        } catch (NumberFormatException e) {
          throw notANumber(field);
        }
      }
      if (wrapped.isIntegralNumber() && wrapped.canConvertToLong()) {
        return wrapped.longValue();
      }
    }
    JsonNode wrapped = value.path("$numberDouble");
    if (wrapped.isTextual()) {
      try {
        return whole(field, Double.parseDouble(wrapped.textValue()));
      } catch (NumberFormatException e) {
        throw notANumber(field);
      }
    }
    JsonNode plain = wrapped.isMissingNode() ? value : wrapped;
    if (!plain.isFloatingPointNumber()) {
      throw notANumber(field);
    }
    return whole(field, plain.doubleValue());
  }

  private static long whole(String field, double number) throws UnusableValue {
    if (number != Math.rint(number) || Math.abs(number) >= 0x1p53) {
      throw notANumber(field);
    }
    return (long) number;
  }

  private static UnusableValue notANumber(String field) {
    return new UnusableValue(field + ": not a whole number");
  }
}
