package org.rekey.cli;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
}
