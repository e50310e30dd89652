package org.rekey.cli.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Files that appear whole or not at all, and with their permissions from the first moment on.
public final class AtomicFile {
  private AtomicFile() {}

  /// For this user only.
  public static void writePrivate(Path file, String text) {
    write(file, text, "rw-------");
  }

  static void writePublic(Path file, String text) {
    write(file, text, "rw-r--r--");
  }

  /// A directory, and those above it, for this user only. One that is there is left as it is.
  static Path privateDirectory(Path directory) {
    try {
      return Files.createDirectories(directory, permissions("rwx------"));
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": cannot be made", e);
    }
  }

  private static void write(Path file, String text, String mode) {
    try {
      Path temporary =
          Files.createTempFile(file.getParent(), ".", ".tmp", permissions("rw-------"));
      Files.writeString(temporary, text, UTF_8);
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString(mode));
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written", e);
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> permissions(String mode) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
  }
}
