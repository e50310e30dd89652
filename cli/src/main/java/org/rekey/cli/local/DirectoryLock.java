package org.rekey.cli.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.CommandFailed;

/// One instance for one directory. The kernel drops the lock with the process that holds it, so a
/// crash leaves nothing to clear away.
final class DirectoryLock implements AutoCloseable {
  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  static DirectoryLock take(DataDirectory data, long pid) {
    FileChannel channel;
    try {
      channel = FileChannel.open(data.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new CommandFailed(data + ": cannot be written there: " + e.getMessage(), e);
    }
    try {
      if (tryLock(channel) == null) {
        channel.close();
        throw new CommandFailed(
            "%s: used by a running `rekey up`%s (stop that one, or choose another --data)"
                .formatted(data, holder(data.lock())));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(Long.toString(pid).getBytes(UTF_8)));
      return new DirectoryLock(channel);
    } catch (IOException e) {
      throw new UncheckedIOException(data.lock() + ": cannot be locked", e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String holder(Path lock) throws IOException {
    String pid = Files.readString(lock).strip();
    return pid.isEmpty() ? "" : " (process " + pid + ")";
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
