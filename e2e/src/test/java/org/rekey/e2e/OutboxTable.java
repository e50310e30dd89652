package org.rekey.e2e;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.rekey.e2e.platform.Platform;

/// The outbox of a service, as the database sees it.
final class OutboxTable {
  private final Platform platform;
  private final String table;

  /// That of useradm-svc.
  OutboxTable(Platform platform) {
    this(platform, "useradm");
  }

  OutboxTable(Platform platform, String schema) {
    this.platform = platform;
    this.table = schema + ".outbox";
  }

  /// Events that wait to be published and taken out.
  long size() {
    try (Connection connection = platform.connect();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT count(*) FROM " + table)) {
      count.next();
      return count.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Holds on to all that is in it now: whoever wants to take it out waits until this is closed.
  Connection lockRows() throws SQLException {
    Connection connection = platform.connect();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT id FROM " + table + " ORDER BY id FOR UPDATE")) {
      if (!rows.next()) {
        throw new IllegalStateException("nothing is in the outbox");
      }
    }
    return connection;
  }
}
