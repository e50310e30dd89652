package org.rekey.cli.mender;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.rekey.cli.CommandFailed;

/// A dump that can be read twice.
///
/// @param isCopy of something that can be read once only; deleted in the end
record DumpFile(Path path, boolean isCopy) implements AutoCloseable {
  private static final int FINGERPRINT_BYTES = 64 * 1024;

  /// @throws CommandFailed when there is no such file
  static DumpFile of(Path path) {
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      throw new CommandFailed(
          path + ": cannot be read (expected: a file, or - for standard input)");
    }
    return new DumpFile(path, false);
  }

  /// Tokens come after users, in whichever order the dump has them: so it is read twice, and what
  /// is no file must become one. Nobody else may read it: there are password hashes in it.
  static DumpFile copyOf(InputStream in) {
    try {
      Path copy =
          Files.createTempFile(
              "rekey-import",
              ".jsonl",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      copy.toFile().deleteOnExit();
      try (OutputStream out = Files.newOutputStream(copy)) {
        in.transferTo(out);
      }
      return new DumpFile(copy, true);
    } catch (IOException e) {
      throw new CommandFailed("standard input cannot be read, or kept in a temporary file", e);
    }
  }

  long size() {
    try {
      return Files.size(path);
    } catch (IOException e) {
      throw new CommandFailed(path + ": cannot be read", e);
    }
  }

  /// Of its first bytes: enough to know it again, cheap for the largest of dumps.
  String fingerprint() {
    try (InputStream in = Files.newInputStream(path)) {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha256.digest(in.readNBytes(FINGERPRINT_BYTES)));
    } catch (IOException e) {
      throw new CommandFailed(path + ": cannot be read", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (isCopy) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        throw new CommandFailed(path + ": cannot be deleted; it has password hashes in it", e);
      }
    }
  }
}
