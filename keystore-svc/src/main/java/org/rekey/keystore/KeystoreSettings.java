package org.rekey.keystore;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.KafkaSettings;
import org.rekey.runtime.config.TlsSettings;

/// The settings of keystore-svc itself; those of the rings are [RingSettings].
@ConfigMapping(prefix = "keystore")
public interface KeystoreSettings {
  /// Where gRPC is served.
  @WithDefault("0.0.0.0:9443")
  HostPort listen();

  /// What tells this keystore from others that share its database. Default: the machine's name and
  /// the port.
  Optional<String> name();

  TlsSettings tls();

  DatabaseSettings database();

  /// Where the key log is published. Absent: it is not, and verifiers read it over gRPC alone.
  KafkaSettings kafka();

  /// At start, takes key events from Kafka's topic that the journal does not have: for the one
  /// start after a database was restored that is older than the topic.
  @WithDefault("false")
  boolean logFromKafka();

  /// Metrics and health over plain HTTP. Absent: not served.
  Optional<HostPort> managementListen();

  /// The Ed25519 private key, PEM, that signs the key log. Verifiers have its public half.
  Path logKey();

  /// How long a verifier counts as live after its newest report: 1 s to 10 min.
  @WithDefault("10s")
  Duration lease();

  /// For how long a key is published before it signs: as long as verifiers elsewhere keep a key set
  /// that they have fetched, and some more. `0s` (nobody elsewhere verifies) to 30 days.
  @WithDefault("0s")
  Duration minAnnounced();

  /// The PKCS#11 libraries that key files may name, by absolute path, separated by commas. Absent:
  /// none is loaded.
  Optional<List<Path>> pkcs11Modules();

  /// A file whose first line is the PIN of tokens for which a key file names none.
  Optional<Path> pkcs11PinFile();

  /// The same in the environment itself. Not both.
  Optional<String> pkcs11Pin();
}
