package org.rekey.e2e.platform;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A script of the project that takes minutes: what it says is shown as it says it.
public final class Script {
  private static final Duration TIME_TO_TIDY_UP = Duration.ofMinutes(1);

  private Script() {}

  /// @param line the script, from the project's folder, and its arguments
  /// @param atMost after which it is ended; it has a minute to tidy up
  public static Command run(Map<String, String> environment, Duration atMost, String... line) {
    List<String> command = new ArrayList<>(List.of(line));
    command.set(0, Command.root().resolve(line[0]).toString());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("REKEY_NO_BUILD", "1");
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      StringBuilder said = new StringBuilder();
      Thread reader = Thread.ofVirtual().start(() -> show(line[0], process, said));
      boolean hasEnded = process.waitFor(atMost.toSeconds(), TimeUnit.SECONDS);
      if (!hasEnded) {
        process.destroy();
        if (!process.waitFor(TIME_TO_TIDY_UP.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      }
      var _ = reader.join(Duration.ofSeconds(10));
      String all;
      synchronized (said) {
        all = said.toString();
      }
      return hasEnded
          ? new Command(process.exitValue(), all, "")
          : new Command(-1, all, line[0] + " did not end within " + atMost);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void show(String name, Process process, StringBuilder said) {
    try (BufferedReader lines = process.inputReader(UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        System.out.println(name + ": " + line);
        synchronized (said) {
          said.append(line).append('\n');
        }
      }
    } catch (IOException e) {
      // It was ended.
    }
  }
}
