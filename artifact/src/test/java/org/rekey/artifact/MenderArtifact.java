package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Debian's `mender-artifact`.
final class MenderArtifact {
  private static final Path PROGRAM = Path.of("/usr/bin/mender-artifact");

  private MenderArtifact() {}

  static boolean isInstalled() {
    if (!Files.isExecutable(PROGRAM)) {
      System.err.println(
          "mender-artifact is not installed (apt-get install mender-artifact): left out");
    }
    return Files.isExecutable(PROGRAM);
  }

  /// Its exit code says yes to a key that it cannot use; its words do not.
  static boolean validates(Path file, Path key) throws IOException, InterruptedException {
    return run("validate", "-k", key.toString(), file.toString())
        .contains("validated successfully");
  }

  static String run(String... arguments) throws IOException, InterruptedException {
    return program(PROGRAM.toString(), arguments);
  }

  static String program(String program, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(command + " does not end");
    }
    return output;
  }
}
