package org.rekey.cli.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.Console;
import org.rekey.cli.client.Operator;
import org.rekey.cli.local.DataDirectory;
import org.rekey.cli.local.Instance;
import org.rekey.cli.local.Progress;
import org.rekey.cli.local.RunFile;

/// A tour, with an instance to walk through: the one that runs on a directory, or one of its own.
public final class DemoRun implements AutoCloseable {
  private final Console console;
  private final Progress progress;
  private final boolean isJson;
  private final SecureRandom random = new SecureRandom();
  private @Nullable Instance instance;
  private @Nullable HelloUpstream upstream;
  private @Nullable Path temporary;

  public DemoRun(Console console, Progress progress, boolean isJson) {
    this.console = console;
    this.progress = progress;
    this.isJson = isJson;
  }

  /// Answers whether every step held.
  ///
  /// @param data null: a temporary one
  public boolean run(@Nullable Path data) {
    Story story = new Story(console, isJson);
    boolean isRunning = data != null && RunFile.read(new DataDirectory(data)).isPresent();
    Path directory = data == null ? temporaryDirectory() : data;
    if (isRunning) {
      story.chapter("The instance in " + directory);
    } else {
      story.chapter(
          data == null
              ? "An instance of the tour's own (in a temporary directory)"
              : "An instance in " + directory);
      start(directory);
    }
    try (Operator operator = Operator.of(directory)) {
      new Tour(operator, data == null, story, random).walk();
    }
    story.end();
    return story.isSound();
  }

  private void start(Path directory) {
    var hello = new HelloUpstream();
    Path routes = hello.writeRoutes(temporaryDirectory().resolve("routes.yaml"));
    Instance started;
    synchronized (this) {
      upstream = hello;
      started =
          new Instance(
              new Instance.Options(directory, 0, routes, List.of(), List.of()),
              progress,
              InstantSource.system(),
              random);
      instance = started;
    }
    started.start();
  }

  /// Where to find the instance that still runs, if it is the tour's own.
  public synchronized @Nullable Path directory() {
    return instance == null ? null : instance.data().root();
  }

  private synchronized Path temporaryDirectory() {
    if (temporary == null) {
      try {
        temporary = Files.createTempDirectory("rekey-demo-");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return temporary;
  }

  /// Stops and removes what the tour has made for itself.
  @Override
  public void close() {
    Instance started;
    synchronized (this) {
      started = instance;
    }
    if (started != null) {
      started.close();
    }
    synchronized (this) {
      if (upstream != null) {
        upstream.close();
        upstream = null;
      }
      if (temporary != null) {
        deleteAll(temporary);
        temporary = null;
      }
    }
  }

  private static void deleteAll(Path root) {
    try (var paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(root + ": cannot be removed", e);
    }
  }
}
