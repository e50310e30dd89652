package org.rekey.cli.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Which child processes run, written down so that the next start finds what a killed one left.
///
/// A process is named by its id and the time at which it began: ids are used again.
final class Pids {
  private static final Duration ENDS_BY_ITSELF = Duration.ofSeconds(4);
  private static final Duration ENDS_WHEN_TOLD = Duration.ofSeconds(4);

  private final Path directory;

  Pids(Path directory) {
    this.directory = directory;
  }

  void running(String name, ProcessHandle process) {
    AtomicFile.writePublic(
        directory.resolve(name),
        process.pid() + " " + process.info().startInstant().orElse(Instant.EPOCH) + "\n");
  }

  void ended(String name) {
    try {
      Files.deleteIfExists(directory.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Ends what an earlier run left behind, and answers the names of it.
  List<String> endLeftovers() {
    List<String> names = new ArrayList<>();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        find(Files.readString(file))
            .ifPresent(
                process -> {
                  names.add(name);
                  end(process);
                });
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": cannot be read", e);
    }
    return names;
  }

  /// Its standard input has ended with its parent, so it is likely on its way out already.
  static void end(ProcessHandle process) {
    if (!waitFor(process, ENDS_BY_ITSELF)) {
      process.destroy();
      if (!waitFor(process, ENDS_WHEN_TOLD)) {
        process.destroyForcibly();
        waitFor(process, ENDS_WHEN_TOLD);
      }
    }
  }

  static boolean waitFor(ProcessHandle process, Duration time) {
    try {
      process.onExit().get(time.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static Optional<ProcessHandle> find(String text) {
    String[] words = text.strip().split(" ", -1);
    if (words.length != 2 || !words[0].matches("[0-9]{1,18}")) {
      return Optional.empty();
    }
    return ProcessHandle.of(Long.parseLong(words[0]))
        .filter(
            process ->
                process.info().startInstant().orElse(Instant.EPOCH).toString().equals(words[1]));
  }
}
