package org.rekey.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.rekey.runtime.config.DatabaseSettings;

/// Real PostgreSQL, started once for all test classes of a run and stopped after the last. Every
/// [#newDatabase] is empty and the caller's own.
///
/// Use: `@RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();`
public final class PostgresExtension implements BeforeAllCallback {
  private static final String USER = "postgres";
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(PostgresExtension.class);

  private Optional<Cluster> cluster = Optional.empty();

  @Override
  public void beforeAll(ExtensionContext context) {
    cluster =
        Optional.of(
            context
                .getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(Cluster.class, _ -> Cluster.start(), Cluster.class));
  }

  /// An empty database.
  public DatabaseSettings newDatabase() {
    return make("");
  }

  private DatabaseSettings make(String how) {
    EmbeddedPostgres postgres = running();
    String name = "test_" + NUMBER.incrementAndGet();
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name + " " + how);
    } catch (SQLException e) {
      throw new IllegalStateException("database " + name + " cannot be made", e);
    }
    return new TestDatabase("jdbc:postgresql://localhost:" + postgres.getPort() + "/" + name);
  }

  /// A copy of a database as it is now, for which nobody may be connected to it: what a backup and
  /// its restoring come to.
  public DatabaseSettings copyOf(DatabaseSettings database) {
    return make("TEMPLATE " + database.url().substring(database.url().lastIndexOf('/') + 1));
  }

  /// The variables that give a service this database: `PREFIX_DATABASE_URL` and `_USER`.
  public static Map<String, String> environment(String prefix, DatabaseSettings database) {
    return Map.of(
        prefix + "_DATABASE_URL", database.url(), prefix + "_DATABASE_USER", database.user());
  }

  private EmbeddedPostgres running() {
    return cluster
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "PostgreSQL is not running: register this as a static extension"))
        .postgres();
  }

  private record Cluster(EmbeddedPostgres postgres) implements AutoCloseable {
    static Cluster start() {
      try {
        return new Cluster(
            EmbeddedPostgres.builder()
                .setPGStartupWait(Duration.ofSeconds(60))
                .setServerConfig("fsync", "off")
                .setServerConfig("max_connections", "200")
                .start());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      postgres.close();
    }
  }

  private record TestDatabase(String url) implements DatabaseSettings {
    @Override
    public String user() {
      return USER;
    }

    @Override
    public Optional<Path> passwordFile() {
      return Optional.empty();
    }

    @Override
    public int poolSize() {
      return 8;
    }
  }
}
