package org.rekey.cli.mender;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.CommandFailed;

/// The lines of a file, one after the other, however large the file and however long a line: what
/// is too long is passed over without being kept.
final class DumpReader implements AutoCloseable {
  static final int MAX_LINE_BYTES = 1024 * 1024;
  private static final int BUFFER_BYTES = 256 * 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int next;
  private int filled;
  private long line;
  private long offset;

  DumpReader(InputStream in, long offset, long line) {
    this.in = in;
    this.offset = offset;
    this.line = line;
  }

  /// From a place between two lines on.
  static DumpReader open(Path file, long offset, long line) {
    try {
      SeekableByteChannel channel = Files.newByteChannel(file).position(offset);
      return new DumpReader(Channels.newInputStream(channel), offset, line);
    } catch (IOException e) {
      throw new CommandFailed(file + ": cannot be read", e);
    }
  }

  /// Null at the end.
  @Nullable DumpLine next() {
    ByteArrayOutputStream kept = new ByteArrayOutputStream();
    boolean isTooLong = false;
    boolean isEmpty = true;
    while (next < filled || fill()) {
      isEmpty = false;
      int end = next;
      while (end < filled && buffer[end] != '\n') {
        end++;
      }
      isTooLong |= kept.size() + (end - next) > MAX_LINE_BYTES;
      if (isTooLong) {
        kept.reset();
      } else {
        kept.write(buffer, next, end - next);
      }
      boolean isWhole = end < filled;
      int after = isWhole ? end + 1 : end;
      offset += after - next;
      next = after;
      if (isWhole) {
        break;
      }
    }
    return isEmpty ? null : new DumpLine(++line, offset, kept.toByteArray(), isTooLong);
  }

  private boolean fill() {
    try {
      next = 0;
      filled = Math.max(0, in.read(buffer));
      return filled > 0;
    } catch (IOException e) {
      throw new UncheckedIOException("the dump cannot be read on", e);
    }
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
