package org.rekey.cli.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.util.Base64;
import org.rekey.verifier.log.LogKey;

/// The keys that an instance needs before its first start: the one that signs the key log, and a
/// first key for every ring that has none.
final class KeyMaterial {
  private static final int RSA_BITS = 2048;

  private final SecureRandom random;

  KeyMaterial(SecureRandom random) {
    this.random = random;
  }

  /// The public half is written last: where it is, the private one is too.
  void ensureLogKey(DataDirectory data) {
    if (Files.exists(data.logKey()) && Files.exists(data.logSigningKey())) {
      return;
    }
    KeyPair pair = generate("Ed25519", 255);
    AtomicFile.writePrivate(data.logSigningKey(), pem(pair.getPrivate()));
    AtomicFile.writePublic(data.logKey(), LogKey.of(pair.getPublic()).toPem());
  }

  /// Makes `file` in its directory if there is nothing at all in that; answers whether it did. In a
  /// directory with any file in it somebody is at work, and the keystore says what it lacks.
  boolean ensureFirstKey(Path file) {
    Path directory = AtomicFile.privateDirectory(file.resolveSibling("").normalize());
    try (var files = Files.list(directory)) {
      if (files.findAny().isPresent()) {
        return false;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": cannot be read", e);
    }
    AtomicFile.writePrivate(file, pem(generate("RSA", RSA_BITS).getPrivate()));
    return true;
  }

  private KeyPair generate(String algorithm, int size) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      generator.initialize(size, random);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(algorithm + ": missing (expected: in every JDK)", e);
    }
  }

  private static String pem(PrivateKey key) {
    return "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
        .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded()));
  }
}
