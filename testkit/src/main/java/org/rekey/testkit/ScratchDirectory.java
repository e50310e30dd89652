package org.rekey.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/// A directory of a test's own that is gone when the JVM ends: among what tests write there are
/// private keys. For what is shared by several classes; a test alone has `@TempDir`.
public final class ScratchDirectory {
  private ScratchDirectory() {}

  /// @param name what the directory's begins with
  public static Path make(String name) {
    try {
      Path directory = Files.createTempDirectory(name);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteAll(directory)));
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void deleteAll(Path directory) {
    try (var files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException | UncheckedIOException e) {
      // Who still writes there is ending too.
    }
  }
}
