package org.rekey.cli;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import org.rekey.artifact.ArtifactReader;
import org.rekey.artifact.Inspection;
import org.rekey.artifact.Limits;
import org.rekey.artifact.Watcher;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The artifact that a command is about, and how much of it may be unpacked.
final class ArtifactFile {
  private static final int BUFFER = 1 << 18;
  private static final int GIB = 30;

  @Parameters(paramLabel = "FILE", description = "A Mender artifact (.mender).")
  private Path path = Path.of("");

  @Option(
      names = "--max-unpacked",
      paramLabel = "GIB",
      defaultValue = "128",
      description = "How much its payloads may unpack to (default: ${DEFAULT-VALUE} GiB).")
  private int gib = 128;

  Path path() {
    return path;
  }

  Limits limits() {
    if (gib < 1 || gib > 1 << 20) {
      throw new CommandFailed("--max-unpacked: %d (expected: 1 to 1048576)".formatted(gib));
    }
    return new Limits(Limits.GENEROUS.header(), (long) gib << GIB);
  }

  /// Reads and checks all of it.
  ///
  /// @throws CommandFailed when it cannot be read
  Inspection inspect(Console console) {
    var progress = new ByteProgress(console, size(), System::nanoTime);
    try (InputStream in =
        new BufferedInputStream(counted(Files.newInputStream(path), progress::at), BUFFER)) {
      return new ArtifactReader(limits(), Watcher.NONE).inspect(in);
    } catch (IOException e) {
      throw unreadable(e);
    } finally {
      progress.end();
    }
  }

  /// In bytes; 0 if nobody knows.
  long size() {
    try {
      return Files.isRegularFile(path) ? Files.size(path) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  CommandFailed unreadable(IOException e) {
    return e instanceof NoSuchFileException
        ? new CommandFailed(path + ": no such file (expected: a Mender artifact)", e)
        : new CommandFailed(
            "%s: cannot be read or written: %s: %s"
                .formatted(path, e.getClass().getSimpleName(), e.getMessage()),
            e);
  }

  private static InputStream counted(InputStream in, LongConsumer progress) {
    return new FilterInputStream(in) {
      private long read;

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int n = super.read(bytes, offset, length);
        read += Math.max(0, n);
        progress.accept(read);
        return n;
      }
    };
  }
}
