package org.rekey.e2e.platform;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A program run as its user would, and what came of it.
public record Command(int exit, String out, String err) {
  private static final long PATIENCE_SECONDS = 120;

  /// The folder of the project.
  public static Path root() {
    return Path.of(System.getProperty("rekey.root", "..")).toAbsolutePath().normalize();
  }

  /// `./rekey` with these arguments.
  public static Command rekey(Path data, String input, String... arguments) {
    return run(Map.of("REKEY_DATA", data.toString()), input, rekeyLine(arguments));
  }

  /// `./rekey` in the background; its output goes to a file.
  public static Process startRekey(Path output, String... arguments) {
    try {
      ProcessBuilder builder = new ProcessBuilder(rekeyLine(arguments));
      builder.environment().put("REKEY_NO_BUILD", "1");
      builder.redirectErrorStream(true).redirectOutput(output.toFile());
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> rekeyLine(String... arguments) {
    List<String> line = new ArrayList<>();
    line.add(root().resolve("rekey").toString());
    line.addAll(List.of(arguments));
    return line;
  }

  public static Command run(Map<String, String> environment, String input, List<String> line) {
    try {
      ProcessBuilder builder = new ProcessBuilder(line);
      builder.environment().put("REKEY_NO_BUILD", "1");
      builder.environment().putAll(environment);
      Process process = builder.start();
      CompletableFuture<String> out = read(process.getInputStream());
      CompletableFuture<String> err = read(process.getErrorStream());
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It did not want to read: what it says will tell why.
      }
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(line + " did not end");
      }
      return new Command(process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static CompletableFuture<String> read(java.io.InputStream in) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (in) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  public static boolean isInstalled(String program) {
    return run(Map.of(), "", List.of("sh", "-c", "command -v " + program)).exit() == 0;
  }
}
