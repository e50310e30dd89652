package org.rekey.e2e.platform;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL and the place where another takes over: one that has heard all, as a synchronous
/// standby has. It is the first one's files after its sudden death, started elsewhere.
public final class DatabasePair implements AutoCloseable {
  private final Path first;
  private final Path second;
  private final int firstPort = Platform.freePort();
  private final int secondPort = Platform.freePort();
  private final EmbeddedPostgres primary;
  private @Nullable EmbeddedPostgres successor;

  private DatabasePair(Path directory) throws IOException {
    this.first = directory.resolve("first");
    this.second = directory.resolve("second");
    this.primary = start(first, firstPort);
  }

  public static DatabasePair start(Path directory) {
    try {
      return new DatabasePair(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static EmbeddedPostgres start(Path data, int port) throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(data)
        .setCleanDataDirectory(false)
        .setPort(port)
        .setPGStartupWait(Duration.ofSeconds(60))
        .setServerConfig("max_connections", "200")
        // As everywhere but in tests: what was committed is written down.
        .setServerConfig("synchronous_commit", "on")
        .start();
  }

  /// The variables that give a service both: it goes to whichever takes writes.
  public Map<String, String> environment(String prefix) {
    return Map.of(
        prefix + "_DATABASE_URL",
        "jdbc:postgresql://localhost:%d,localhost:%d/postgres?targetServerType=primary&connectTimeout=2"
            .formatted(firstPort, secondPort),
        prefix + "_DATABASE_USER",
        "postgres");
  }

  /// SIGKILL to all of the first one's processes at once.
  public void kill() {
    try {
      long postmaster =
          Long.parseLong(Files.readAllLines(first.resolve("postmaster.pid")).getFirst());
      List<ProcessHandle> all =
          ProcessHandle.of(postmaster).stream()
              .flatMap(server -> Stream.concat(Stream.of(server), server.descendants()))
              .toList();
      all.forEach(process -> Signals.kill(process.pid()));
      all.forEach(process -> process.onExit().join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void takeOver() {
    try (Stream<Path> files = Files.walk(first)) {
      for (Path file : files.toList()) {
        String name = first.relativize(file).toString();
        if (Files.isDirectory(file)) {
          Files.createDirectories(second.resolve(name));
        } else if (!name.equals("postmaster.pid") && !name.equals("epg-lock")) {
          Files.copy(file, second.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
      Files.setPosixFilePermissions(second, Files.getPosixFilePermissions(first));
      successor = start(second, secondPort);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (successor == null) {
      primary.close();
    } else {
      successor.close();
    }
  }
}
