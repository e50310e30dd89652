package org.rekey.gateway.rest;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// Times as they stand in JSON (RFC 3339, UTC, milliseconds) and in queries (seconds since 1970).
final class Times {
  private static final DateTimeFormatter RFC_3339 =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final long FIRST = Instant.parse("0001-01-01T00:00:00Z").getEpochSecond();
  private static final long LAST = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

  private Times() {}

  static String text(Timestamp time) {
    return RFC_3339.format(Instant.ofEpochSecond(time.getSeconds(), time.getNanos()));
  }

  /// What lies outside of the years 1 to 9999 becomes their first or last second.
  static Timestamp ofSeconds(long seconds) {
    return Timestamp.newBuilder().setSeconds(Math.clamp(seconds, FIRST, LAST)).build();
  }
}
