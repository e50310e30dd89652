package org.rekey.e2e.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.rekey.cli.local.JavaProgram;
import org.rekey.cli.local.Program;

/// Programs as they are delivered: from the jar that `./rekey` runs. Each keeps the classes that it
/// has read for its next start, whichever test that is in.
final class Packaged {
  private static final long WRITING_SECONDS = 20;

  private Packaged() {}

  static JavaProgram java() {
    try {
      Path jar = Command.root().resolve("cli/target/rekey.jar").toRealPath();
      return new JavaProgram(JavaProgram.ofThisProcess().java(), jar.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The end of a test: at once, unless classes are still to be kept.
  static void end(Program program, Process process) {
    try {
      boolean isWhole = false;
      if (program.keepsClasses() && process.isAlive()) {
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
