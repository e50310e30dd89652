package org.rekey.runtime.db;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementExceptions;
import org.jdbi.v3.core.statement.StatementExceptions.MessageRendering;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.config.SettingsException;

/// A service's own schema in PostgreSQL, migrated at start under Flyway's lock.
public final class Database implements AutoCloseable {
  private static final Duration WAIT_AT_START = Duration.ofSeconds(30);
  private static final Duration CHECK = Duration.ofSeconds(1);
  private static final Duration WAIT_FOR_CONNECTION = Duration.ofSeconds(5);

  private final HikariDataSource pool;
  private final Jdbi jdbi;

  private Database(HikariDataSource pool) {
    this.pool = pool;
    this.jdbi = Jdbi.create(pool);
    // Its messages would carry the statement's arguments, secrets among them, into the log.
    jdbi.getConfig(StatementExceptions.class).setMessageRendering(MessageRendering.NONE);
  }

  /// @param schema also the resource folder of its migrations, `db/SCHEMA`
  public static Database open(DatabaseSettings settings, String schema, MeterRegistry meters) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(schema);
    config.setJdbcUrl(settings.url());
    config.setUsername(settings.user());
    settings.passwordFile().ifPresent(file -> config.setPassword(firstLine(file)));
    config.setSchema(schema);
    config.setMaximumPoolSize(settings.poolSize());
    config.setMinimumIdle(Math.min(2, settings.poolSize()));
    config.setConnectionTimeout(WAIT_FOR_CONNECTION.toMillis());
    config.setInitializationFailTimeout(WAIT_AT_START.toMillis());
    config.addDataSourceProperty("ApplicationName", "rekey-" + schema);
    config.addDataSourceProperty("tcpKeepAlive", "true");
    config.addDataSourceProperty("logServerErrorDetail", "false");
    config.addDataSourceProperty("connectTimeout", "5");
    // A network that swallows packets must not hold a connection until TCP gives up.
    config.addDataSourceProperty("socketTimeout", "30");
    config.setMetricRegistry(meters);
    HikariDataSource pool;
    try {
      pool = new HikariDataSource(config);
    } catch (RuntimeException e) {
      throw new SettingsException(
          settings.url() + ": the database cannot be reached: " + rootMessage(e));
    }
    try {
      Flyway.configure()
          .dataSource(pool)
          .schemas(schema)
          .createSchemas(true)
          .locations("classpath:db/" + schema)
          .load()
          .migrate();
    } catch (RuntimeException e) {
      pool.close();
      throw e;
    }
    return new Database(pool);
  }

  public Jdbi jdbi() {
    return jdbi;
  }

  /// Empty when the database answers now, otherwise what is wrong. Blocks for a second at most.
  public String lacks() {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    Thread.ofVirtual().name("database-check").start(() -> answer.complete(answers()));
    return answer.completeOnTimeout(false, CHECK.toMillis(), TimeUnit.MILLISECONDS).join()
        ? ""
        : "the database cannot be reached";
  }

  private boolean answers() {
    try (Connection connection = pool.getConnection()) {
      return connection.isValid((int) CHECK.toSeconds());
    } catch (SQLException e) {
      return false;
    }
  }

  @Override
  public void close() {
    pool.close();
  }

  /// Whether a failure means that the database cannot be asked now, and not that the question was
  /// wrong.
  public static boolean isAway(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLTransientConnectionException
          || (cause instanceof SQLException sql && isAwayState(sql.getSQLState()))) {
        return true;
      }
    }
    return false;
  }

  /// Connection lost, too many connections, or the server going down (PostgreSQL, appendix A).
  private static boolean isAwayState(@Nullable String state) {
    return state != null
        && (state.startsWith("08") || state.equals("53300") || state.startsWith("57P0"));
  }

  private static String firstLine(Path file) {
    try {
      return Files.readString(file).lines().findFirst().orElse("");
    } catch (IOException e) {
      throw new SettingsException(file + ": the password file cannot be read");
    }
  }

  private static String rootMessage(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
