package org.rekey.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.rekey.artifact.ArtifactKey;

/// Files of public keys, as devices have them.
final class ArtifactKeys {
  private ArtifactKeys() {}

  static List<ArtifactKey> read(Path file) {
    try {
      return ArtifactKey.fromPem(Files.readString(file));
    } catch (IOException e) {
      throw new CommandFailed(
          file
              + ": cannot be read (expected: a public key, PEM; rekey artifact public-key prints one)",
          e);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(file + ": " + e.getMessage(), e);
    }
  }
}
