package org.rekey.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.runtime.config.DatabaseSettings;

class PostgresExtensionIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @Test
  void givesEveryCallerAnEmptyDatabaseOfItsOwn() throws SQLException {
    DatabaseSettings one = POSTGRES.newDatabase();
    DatabaseSettings other = POSTGRES.newDatabase();

    run(one, "CREATE TABLE only_here (id int)");

    assertThat(tables(one)).isEqualTo(1);
    assertThat(tables(other)).isZero();
  }

  private static void run(DatabaseSettings database, String sql) throws SQLException {
    try (Connection connection = open(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static int tables(DatabaseSettings database) throws SQLException {
    try (Connection connection = open(database);
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")) {
      result.next();
      return result.getInt(1);
    }
  }

  private static Connection open(DatabaseSettings database) throws SQLException {
    return DriverManager.getConnection(database.url(), database.user(), "");
  }
}
