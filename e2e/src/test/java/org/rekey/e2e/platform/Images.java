package org.rekey.e2e.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// Rekey's own images, made by `deploy/images` of what this build has just packaged.
public final class Images {
  /// So that nobody's own images are replaced.
  public static final String TAG = "it";

  private static final long PATIENCE_MINUTES = 8;

  private Images() {}

  /// Skips the test, with one line, where no Docker engine answers.
  public static void assumeDocker() {
    Assumptions.assumeTrue(
        Command.isInstalled("docker") && answers(), "no Docker engine answers here: left out");
  }

  private static boolean answers() {
    return Command.run(Map.of(), "", List.of("docker", "info")).exit() == 0;
  }

  /// Runs `deploy/images`; what it says is told when it fails.
  ///
  /// @param which e.g. `kafka`; all when there is none
  public static void make(String... which) {
    List<String> line = new ArrayList<>();
    line.add(Command.root().resolve("deploy").resolve("images").toString());
    line.addAll(List.of(which));
    try {
      Path output = Files.createTempFile("images", ".log");
      try {
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().putAll(Map.of("REKEY_NO_BUILD", "1", "REKEY_TAG", TAG));
        Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
        boolean hasEnded = process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
        if (!hasEnded) {
          process.destroyForcibly();
        }
        if (!hasEnded || process.exitValue() != 0) {
          throw new IllegalStateException(
              "%s: %s".formatted(String.join(" ", line), Files.readString(output)));
        }
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
