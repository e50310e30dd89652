package org.rekey.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// On a machine that others use too: a lock file, held only while something is measured, so that
/// whoever honours it doesn't disturb a round and doesn't wait for all of them. It is that of
/// flock(1), which Java's own file locks know nothing of.
public final class MachineLock implements AutoCloseable {
  private final @Nullable Process holder;

  private MachineLock(@Nullable Process holder) {
    this.holder = holder;
  }

  /// Waits for it.
  ///
  /// @param file null: there is none to take
  public static MachineLock take(@Nullable Path file) {
    if (file == null) {
      return new MachineLock(null);
    }
    try {
      Process holder =
          new ProcessBuilder("flock", file.toString(), "sh", "-c", "echo; exec cat")
              .redirectError(Redirect.INHERIT)
              .start();
      if (holder.getInputStream().read() != '\n') {
        throw new IllegalStateException("--lock: " + file + ": flock(1) cannot take it");
      }
      return new MachineLock(holder);
    } catch (IOException e) {
      throw new UncheckedIOException("--lock: " + file, e);
    }
  }

  /// The holder ends with its input.
  @Override
  public void close() {
    if (holder == null) {
      return;
    }
    try {
      holder.getOutputStream().close();
      holder.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      holder.destroy();
      Thread.currentThread().interrupt();
    }
  }
}
