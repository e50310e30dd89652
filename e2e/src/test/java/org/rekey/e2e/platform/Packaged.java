package org.rekey.e2e.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.rekey.cli.local.JavaProgram;
import org.rekey.cli.local.Program;

/// Programs as they are delivered: from the jar that `./rekey` runs. Each keeps the classes that it
/// has read for its next start, whichever test that is in.
final class Packaged {
  private static final long WRITING_SECONDS = 20;

  private static final JavaProgram JAVA = found();

  private Packaged() {}

  static JavaProgram java() {
    return JAVA;
  }

  /// With the Java that `./rekey` has found: what one keeps, another would throw away.
  private static JavaProgram found() {
    try {
      Path root = Command.root().toRealPath();
      Path jar = root.resolve("cli/target/rekey.jar");
      List<String> question = List.of(root.resolve("rekey").toString(), "--java-home");
      Path home = Path.of(Command.run(Map.of(), "", question).out().strip());
      return new JavaProgram(home.resolve("bin/java"), jar.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The end of a test: at once, unless classes are still to be kept.
  ///
  /// @param wasReady whether it has come so far that it has read them
  static void end(Program program, Process process, boolean wasReady) {
    try {
      boolean isWhole = false;
      if (wasReady && program.keepsClasses() && process.isAlive()) {
        process.destroy();
        isWhole = process.waitFor(WRITING_SECONDS, TimeUnit.SECONDS);
      }
      process.destroyForcibly().waitFor();
      program.ended(isWhole);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
