package org.rekey.cli;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Points in time as they are shown: RFC 3339, UTC.
final class Times {
  private Times() {}

  static Instant instant(Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }

  /// As precise as it was.
  static String exact(Timestamp time) {
    return instant(time).toString();
  }

  static @Nullable String orNull(boolean isThere, Timestamp time) {
    return isThere ? exact(time) : null;
  }

  static String toTheSecond(Timestamp time) {
    return instant(time).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static String orWord(boolean isThere, Timestamp time, String otherwise) {
    return isThere ? toTheSecond(time) : otherwise;
  }

  static Duration duration(com.google.protobuf.Duration duration) {
    return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  static com.google.protobuf.Duration proto(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.toSeconds())
        .setNanos(duration.toNanosPart())
        .build();
  }

  /// As precise as a person wants it: `45 ms`, `1.2 s`, `48 s`, `5 min`, `7 h`, `12 d`.
  static String span(Duration span) {
    if (span.compareTo(Duration.ofSeconds(1)) < 0) {
      return span.toMillis() + " ms";
    }
    if (span.compareTo(Duration.ofSeconds(10)) < 0) {
      return String.format(Locale.ROOT, "%.1f s", span.toMillis() / 1e3);
    }
    if (span.compareTo(Duration.ofMinutes(2)) < 0) {
      return span.toSeconds() + " s";
    }
    if (span.compareTo(Duration.ofHours(2)) < 0) {
      return span.toMinutes() + " min";
    }
    return span.compareTo(Duration.ofDays(2)) < 0 ? span.toHours() + " h" : span.toDays() + " d";
  }
}
