package org.rekey.cli.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.util.Base64;
import org.rekey.verifier.key.CryptoProvider;
import org.rekey.verifier.log.LogKey;

/// The keys that an instance needs before its first start: the one that signs the key log, and a
/// first key for every ring that has none.
public final class KeyMaterial {
  private static final int RSA_BITS = 2048;

  private KeyMaterial() {}

  static void ensureLogKey(DataDirectory data) {
    var _ = ensureLogKey(data.logSigningKey(), data.logKey());
  }

  /// Answers whether it was made. The public half is written last: where it is, the private one is
  /// too.
  static boolean ensureLogKey(Path secret, Path known) {
    if (Files.exists(known) && Files.exists(secret)) {
      return false;
    }
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      AtomicFile.writePrivate(secret, pem(pair.getPrivate()));
      AtomicFile.writePublic(known, LogKey.of(pair.getPublic()).toPem());
      return true;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Ed25519: missing (expected: in every JDK)", e);
    }
  }

  /// Makes `file` in its directory if there is nothing at all in that; answers whether it did. In a
  /// directory with any file in it somebody is at work, and the keystore says what it lacks.
  static boolean ensureFirstKey(Path file) {
    Path directory = AtomicFile.privateDirectory(file.resolveSibling("").normalize());
    try (var files = Files.list(directory)) {
      if (files.findAny().isPresent()) {
        return false;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": cannot be read", e);
    }
    writeKey(file);
    return true;
  }

  /// A new RSA key (2048 bits, PKCS#8), for this user only.
  public static void writeKey(Path file) {
    AtomicFile.writePrivate(file, pem(rsaKey()));
  }

  private static PrivateKey rsaKey() {
    try {
      KeyPairGenerator generator = CryptoProvider.preferred().keyPairGenerator("RSA");
      generator.initialize(RSA_BITS);
      return generator.generateKeyPair().getPrivate();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("RSA: missing (expected: in every JDK)", e);
    }
  }

  /// PKCS#8.
  static String pem(PrivateKey key) {
    return "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
        .formatted(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded()));
  }
}
