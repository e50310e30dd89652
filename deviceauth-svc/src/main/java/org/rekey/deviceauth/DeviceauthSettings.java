package org.rekey.deviceauth;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.TlsSettings;

/// The settings of deviceauth-svc: the environment variables `DEVICEAUTH_…`.
@ConfigMapping(prefix = "deviceauth")
interface DeviceauthSettings {
  /// Where gRPC is served.
  HostPort listen();

  TlsSettings tls();

  DatabaseSettings database();

  /// keystore-svc: `host:port`, or several replicas with commas between.
  List<HostPort> keystoreTarget();

  /// The trusted key of the key log: a PEM file with one Ed25519 public key.
  Path keylogPublicKey();

  /// The key log's Kafka: `host:port,host:port`. Absent: the log is read over gRPC alone.
  Optional<String> kafkaBootstrapServers();

  /// Metrics and health over plain HTTP. Absent: not served.
  Optional<HostPort> managementListen();

  /// How many verified signatures to remember; 0 for none.
  @WithDefault("100000")
  int signatureCacheSize();

  /// How many live tokens to remember.
  @WithDefault("100000")
  int registryCacheSize();

  /// How long to believe what the token registry said while the token feed is not heard: the
  /// longest time that a revoked token can go on when Kafka is away.
  @WithDefault("30s")
  Duration registryTtl();
}
