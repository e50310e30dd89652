package org.rekey.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.rekey.cli.CommandFailed;

/// PostgreSQL on loopback: one database, for every service a role with a password and a schema of
/// its own. There is no role that can be used without a password.
final class Postgres {
  static final List<String> ROLES = List.of("keystore", "useradm", "deviceauth");

  private static final String SUPERUSER = "postgres";
  private static final String DATABASE = "rekey";
  private static final int SHUTDOWN_SECONDS = 8;

  /// Ends the server (`SIGINT`: fast, orderly) when told to or when standard input ends; the server
  /// itself does neither.
  private static final String GUARD =
      """
      exec 3<&0
      "$@" </dev/null 3<&- &
      server=$!
      trap 'kill -INT $server' TERM INT HUP
      (while read -r _ <&3; do :; done; kill -INT $server) 2>/dev/null &
      guard=$!
      while kill -0 $server 2>/dev/null; do wait $server; status=$?; done
      kill $guard 2>/dev/null
      exit $status
      """;

  private final DataDirectory data;
  private final PostgresBinaries binaries;
  private final Secrets secrets;
  private final int port;

  Postgres(DataDirectory data, PostgresBinaries binaries, Secrets secrets, int port) {
    this.data = data;
    this.binaries = binaries;
    this.secrets = secrets;
    this.port = port;
  }

  String jdbcUrl() {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
  }

  /// Makes the data folder the first time; one that is half made is not taken for whole.
  void initialise() {
    if (Files.exists(data.postgres().resolve("PG_VERSION"))) {
      return;
    }
    Path fresh = data.postgres().resolveSibling("postgres.new");
    try {
      if (Files.exists(fresh)) {
        PostgresBinaries.deleteAll(fresh);
      }
      List<String> command = asOrdinaryUser();
      command.addAll(
          List.of(
              binaries.program("initdb"),
              "--pgdata=" + fresh,
              "--username=" + SUPERUSER,
              "--pwfile=" + secrets.file(SUPERUSER),
              "--auth=scram-sha-256",
              "--encoding=UTF8",
              "--locale=C",
              "--no-instructions"));
      var program = new Program("initdb", command, Map.of(), log());
      Process process = program.start();
      if (process.waitFor() != 0) {
        throw new CommandFailed(
            "PostgreSQL: its data folder cannot be made: %s (see %s%s)"
                .formatted(
                    String.join(" ", program.lastLines(3)),
                    log(),
                    isRoot() ? "; root needs user namespaces for it, other users don't" : ""));
      }
      Files.move(fresh, data.postgres(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new CommandFailed("PostgreSQL: cannot be set up: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("PostgreSQL: interrupted while it was set up", e);
    }
  }

  Program program() {
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", GUARD, "postgres"));
    command.addAll(asOrdinaryUser());
    command.addAll(
        List.of(
            binaries.program("postgres"),
            "-D",
            data.postgres().toString(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "port=" + port,
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_connections=80",
            "-c",
            "shared_buffers=32MB",
            "-c",
            "dynamic_shared_memory_type=mmap",
            "-c",
            "jit=off",
            // A statement that sets a password must not end up in the log when it fails.
            "-c",
            "log_min_error_statement=panic"));
    return new Program("postgres", command, Map.of(), log());
  }

  /// Whether it answers; then its roles and schemas are there too.
  boolean prepare() {
    try (Connection connection = connect("postgres")) {
      try (Statement statement = connection.createStatement()) {
        for (String role : ROLES) {
          createRole(statement, role);
        }
        if (!exists(statement, "SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
          statement.execute("CREATE DATABASE " + DATABASE);
        }
        statement.execute("REVOKE ALL ON DATABASE " + DATABASE + " FROM PUBLIC");
      }
    } catch (SQLException e) {
      if (isStarting(e)) {
        return false;
      }
      throw refused(e);
    }
    try (Connection connection = connect(DATABASE);
        Statement statement = connection.createStatement()) {
      statement.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC");
      for (String role : ROLES) {
        statement.execute("GRANT CONNECT ON DATABASE " + DATABASE + " TO " + role);
        statement.execute("CREATE SCHEMA IF NOT EXISTS " + role + " AUTHORIZATION " + role);
      }
      return true;
    } catch (SQLException e) {
      throw refused(e);
    }
  }

  /// The server's own process, not the one that guards it.
  Optional<ProcessHandle> server() {
    try {
      String first =
          Files.readString(data.postgres().resolve("postmaster.pid"))
              .lines()
              .findFirst()
              .orElse("");
      return first.strip().matches("[0-9]{1,18}")
          ? ProcessHandle.of(Long.parseLong(first.strip()))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// Ends a server that an earlier run left on this data folder; answers whether there was one.
  static boolean endLeftover(DataDirectory data, PostgresBinaries binaries, Secrets secrets) {
    Optional<ProcessHandle> left =
        new Postgres(data, binaries, secrets, 0)
            .server()
            .filter(p -> p.info().command().orElse("").endsWith("/postgres"));
    left.ifPresent(
        process -> {
          signal("INT", process);
          if (!Pids.waitFor(process, java.time.Duration.ofSeconds(SHUTDOWN_SECONDS))) {
            signal("QUIT", process);
            Pids.end(process);
          }
        });
    return left.isPresent();
  }

  private static void signal(String name, ProcessHandle process) {
    try {
      new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + process.pid())
          .redirectErrorStream(true)
          .start()
          .waitFor(1, TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new CommandFailed("PostgreSQL: a leftover process cannot be ended", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void createRole(Statement statement, String role) throws SQLException {
    if (!exists(statement, "SELECT 1 FROM pg_roles WHERE rolname = '" + role + "'")) {
      statement.execute("CREATE ROLE " + role + " LOGIN");
    }
    // The characters of base64url need no quoting.
    statement.execute("ALTER ROLE " + role + " PASSWORD '" + secrets.password(role) + "'");
  }

  private static boolean exists(Statement statement, String query) throws SQLException {
    try (var rows = statement.executeQuery(query)) {
      return rows.next();
    }
  }

  private Connection connect(String database) throws SQLException {
    var properties = new java.util.Properties();
    properties.setProperty("user", SUPERUSER);
    properties.setProperty("password", secrets.password(SUPERUSER));
    properties.setProperty("connectTimeout", "2");
    properties.setProperty("sslmode", "disable");
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + database, properties);
  }

  /// Not listening yet (08001), or listening but not through with recovery (57P03).
  private static boolean isStarting(SQLException e) {
    return "08001".equals(e.getSQLState()) || "57P03".equals(e.getSQLState());
  }

  private static CommandFailed refused(SQLException e) {
    return new CommandFailed("PostgreSQL: cannot be prepared: " + e.getMessage(), e);
  }

  private Path log() {
    return data.logs().resolve("postgres.log");
  }

  /// PostgreSQL refuses to run as root; in a user namespace of its own it is nobody.
  private static List<String> asOrdinaryUser() {
    List<String> prefix = new ArrayList<>();
    if (isRoot()) {
      prefix.addAll(List.of("unshare", "-U"));
    }
    return prefix;
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }
}
