package org.rekey.cli.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;

/// `DIR/run.json`: how to reach the instance that runs on a data directory. There while, and only
/// while, everything is up.
///
/// @param gateway URL, without a slash at its end
/// @param ca PEM file of the authority that clients of the gateway must trust
/// @param keyDirs absolute, by ring
/// @param kafka bootstrap server
/// @param grpc `host:port` by service
/// @param management `host:port` of `/metrics` and `/readyz`, by service
/// @param pid of `rekey up` itself
/// @param pids of every child, by name
public record RunFile(
    String gateway,
    String ca,
    Map<String, String> keyDirs,
    String kafka,
    Map<String, String> grpc,
    Map<String, String> management,
    long pid,
    Map<String, Long> pids) {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT);

  /// Empty when no instance runs on that directory.
  public static Optional<RunFile> read(DataDirectory data) {
    if (!Files.exists(data.runFile())) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(data.runFile().toFile(), RunFile.class))
          .filter(run -> ProcessHandle.of(run.pid).isPresent());
    } catch (IOException e) {
      throw new UncheckedIOException(data.runFile() + ": cannot be read", e);
    }
  }

  void write(DataDirectory data) {
    AtomicFile.writePublic(data.runFile(), toJson() + "\n");
  }

  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  static void delete(DataDirectory data) {
    try {
      Files.deleteIfExists(data.runFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
