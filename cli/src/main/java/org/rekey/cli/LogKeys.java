package org.rekey.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rekey.verifier.log.LogKey;

/// The public keys that a log is checked with.
final class LogKeys {
  private LogKeys() {}

  static LogKey read(Path file) {
    try {
      return LogKey.fromPem(Files.readString(file));
    } catch (IOException e) {
      throw new CommandFailed(file + ": cannot be read (expected: the log's public key, PEM)", e);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(file + ": " + e.getMessage(), e);
    }
  }
}
