package org.rekey.useradm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.rekey.keystore.KeystoreServer;
import org.rekey.testkit.FreePort;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.ScratchDirectory;
import org.rekey.testkit.TestAuthority;

/// A keystore-svc with a database and key directories of its own; every ring has one key, kid 0.
final class Keystore implements AutoCloseable {
  private static final List<String> RINGS = List.of("useradm", "deviceauth", "artifact");

  private final Path directory;
  private final String target = "127.0.0.1:" + FreePort.next();
  private final Map<String, String> environment = new HashMap<>();
  private KeystoreServer server;

  Keystore(TestAuthority authority, PostgresExtension postgres) {
    this.directory = ScratchDirectory.make("rekey-keystore");
    try {
      KeyPair logKey = KeyFiles.ed25519();
      KeyFiles.write(directory.resolve("log.key"), KeyFiles.pkcs8(logKey));
      KeyFiles.write(logKey(), KeyFiles.publicOnly(logKey.getPublic()));
      environment.putAll(authority.environment("KEYSTORE", "keystore"));
      environment.putAll(PostgresExtension.environment("KEYSTORE", postgres.newDatabase()));
      environment.put("KEYSTORE_LISTEN", target);
      environment.put("KEYSTORE_LOG_KEY", directory.resolve("log.key").toString());
      for (String ring : RINGS) {
        Files.createDirectory(
            keys(ring),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path key = keys(ring).resolve("private.pem");
        KeyFiles.write(key, KeyFiles.pkcs8(KeyFiles.ed25519()));
        environment.put(ring.toUpperCase(Locale.ROOT) + "_SERVER_PRIV_KEY_PATH", key.toString());
      }
      this.server = KeystoreServer.start(environment);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// After it was closed: with what it had written, at the same port.
  void startAgain() {
    server = KeystoreServer.start(environment);
  }

  /// The directory of a ring's key files.
  Path keys(String ring) {
    return directory.resolve(ring);
  }

  /// The public key of the key log, PEM.
  Path logKey() {
    return directory.resolve("log.pem");
  }

  String target() {
    return target;
  }

  @Override
  public void close() {
    server.close();
  }
}
