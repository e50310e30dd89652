package org.rekey.cli.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/// Random passwords, each in a file of its own that only this user can read.
final class Secrets {
  private static final int BYTES = 24;

  private final Path directory;
  private final SecureRandom random;

  Secrets(Path directory, SecureRandom random) {
    this.directory = directory;
    this.random = random;
  }

  /// The file of a password, made the first time.
  Path file(String name) {
    Path file = directory.resolve(name + ".password");
    if (!Files.exists(file)) {
      byte[] bytes = new byte[BYTES];
      random.nextBytes(bytes);
      AtomicFile.writePrivate(
          file, Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "\n");
    }
    return file;
  }

  String password(String name) {
    try {
      return Files.readString(file(name)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
