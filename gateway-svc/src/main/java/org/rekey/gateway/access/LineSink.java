package org.rekey.gateway.access;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.SettingsException;

/// Where lines go.
interface LineSink {
  LineSink NOWHERE = _ -> {};

  /// Whole lines.
  void write(ByteArrayOutputStream lines) throws IOException;

  default void close() throws IOException {}

  /// @param where `stdout` or the path of a file
  /// @throws SettingsException when the file cannot be written to
  static LineSink open(String where) {
    if (where.equals("stdout")) {
      // In one call: what else goes there cannot get between the lines.
      return lines -> System.out.writeBytes(lines.toByteArray());
    }
    File file = new File(Path.of(where));
    try {
      file.reopen();
    } catch (IOException e) {
      throw new SettingsException(
          "GATEWAY_ACCESS_LOG: "
              + where
              + ": cannot be written to: "
              + e.getClass().getSimpleName()
              + " (expected: off, stdout or a file in a directory that exists)");
    }
    return file;
  }

  /// Appends, and begins a new file when its own was moved or removed (`logrotate`).
  final class File implements LineSink {
    private static final String READABLE_BY_THE_GROUP = "rw-r-----";

    private final Path path;
    private @Nullable OutputStream out;
    private @Nullable Object key;

    File(Path path) {
      this.path = path;
    }

    @Override
    public void write(ByteArrayOutputStream lines) throws IOException {
      if (out == null || !isThere()) {
        reopen();
      }
      if (out != null) {
        lines.writeTo(out);
      }
    }

    private boolean isThere() {
      try {
        return key != null
            && key.equals(Files.readAttributes(path, BasicFileAttributes.class).fileKey());
      } catch (IOException e) {
        return false;
      }
    }

    private void reopen() throws IOException {
      close();
      try {
        var _ =
            Files.createFile(
                path,
                PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString(READABLE_BY_THE_GROUP)));
      } catch (java.nio.file.FileAlreadyExistsException e) {
        // Appended to.
      }
      out = Files.newOutputStream(path, StandardOpenOption.APPEND);
      key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    @Override
    public void close() throws IOException {
      OutputStream open = out;
      out = null;
      if (open != null) {
        open.close();
      }
    }
  }
}
