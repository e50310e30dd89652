package org.rekey.useradm.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.rekey.useradm.Email;
import org.rekey.useradm.User;

/// Columns as the domain has them.
final class Rows {
  private Rows() {}

  static User user(ResultSet row) throws SQLException {
    return new User(
        row.getString("id"),
        new Email(row.getString("email")),
        instant(row, "created_at"),
        instant(row, "updated_at"),
        instantOrNull(row, "login_at"));
  }

  static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getTimestamp(column).toInstant();
  }

  static @Nullable Instant instantOrNull(ResultSet row, String column) throws SQLException {
    Timestamp timestamp = row.getTimestamp(column);
    return timestamp == null ? null : timestamp.toInstant();
  }

  static @Nullable Long longOrNull(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}
