package org.rekey.deviceauth.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.deviceauth.DeviceStatus;

/// Columns as the domain has them, and the other way round.
final class Rows {
  private Rows() {}

  static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getTimestamp(column).toInstant();
  }

  static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
    Timestamp timestamp = row.getTimestamp(column);
    return timestamp == null ? null : timestamp.toInstant();
  }

  static AuthSetStatus authSetStatus(String column) {
    return AuthSetStatus.valueOf(column.toUpperCase(Locale.ROOT));
  }

  static DeviceStatus deviceStatus(String column) {
    return DeviceStatus.valueOf(column.toUpperCase(Locale.ROOT));
  }

  static String column(Enum<?> status) {
    return status.name().toLowerCase(Locale.ROOT);
  }
}
