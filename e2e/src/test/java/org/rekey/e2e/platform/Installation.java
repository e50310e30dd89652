package org.rekey.e2e.platform;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// `./rekey up` on a directory of its own, and the commands of its operator.
public final class Installation implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Path directory;
  private final Process process;

  private Installation(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
  }

  /// @param settings `NAME=VALUE`, for the services
  public static Installation start(Path directory, String... settings) {
    Path data = directory.resolve("data");
    Path log = directory.resolve("up.log");
    List<String> arguments =
        new ArrayList<>(List.of("up", "--data", data.toString(), "--https-port", "0"));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    Process process = Command.startRekey(log, arguments.toArray(String[]::new));
    var installation = new Installation(directory, process);
    await()
        .atMost(PATIENCE)
        .until(() -> Files.exists(data.resolve("run.json")) || !process.isAlive());
    if (!process.isAlive()) {
      throw new IllegalStateException("rekey up: " + text(log));
    }
    return installation;
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path data() {
    return directory.resolve("data");
  }

  private JsonNode run() {
    try {
      return JSON.readTree(data().resolve("run.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Client client() {
    return new Client(gateway(), ca(), HttpClient.Version.HTTP_1_1);
  }

  /// Its address, `https://…`.
  public String gateway() {
    return run().path("gateway").asText();
  }

  /// The authority of the gateway's certificate.
  public Path ca() {
    return Path.of(run().path("ca").asText());
  }

  /// A command, without a terminal.
  public Command rekey(String... arguments) {
    return Command.rekey(data(), "", arguments);
  }

  /// The same in the background; its output, errors with it, goes to a file.
  public Process startRekey(Path output, String... arguments) {
    List<String> line = new ArrayList<>(List.of(arguments));
    line.addAll(List.of("--data", data().toString()));
    return Command.startRekey(output, line.toArray(String[]::new));
  }

  /// What a command with `--json` prints.
  public JsonNode json(String... arguments) {
    List<String> line = new ArrayList<>(List.of(arguments));
    line.add("--json");
    Command command = rekey(line.toArray(String[]::new));
    if (command.exit() != 0) {
      throw new IllegalStateException(line + ": " + command.exit() + " " + command.err());
    }
    return parsed(command);
  }

  public static JsonNode parsed(Command command) {
    try {
      return JSON.readTree(command.out());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void createUser(String email, String password) {
    Command created = Command.rekey(data(), password, "users", "create", email, "--password-stdin");
    if (created.exit() != 0) {
      throw new IllegalStateException(email + ": " + created.err());
    }
  }

  /// Stops a service in the middle of whatever it does; its connections stay.
  public void pause(String service) {
    Signals.pause(pid(service));
  }

  public void resume(String service) {
    Signals.resume(pid(service));
  }

  /// `rekey up` starts it again.
  public void kill(String service) {
    Signals.kill(pid(service));
  }

  private long pid(String service) {
    return run().path("pids").path(service).asLong();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
