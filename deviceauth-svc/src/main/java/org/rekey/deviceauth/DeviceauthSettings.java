package org.rekey.deviceauth;

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
import org.rekey.runtime.limit.Rate;

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

  /// Where the key log and revocations travel. Absent: the log is read over gRPC alone.
  KafkaSettings kafka();

  /// Metrics and health over plain HTTP. Absent: not served.
  Optional<HostPort> managementListen();

  /// `iss`. The keystore's ring must have the same.
  @WithDefault("Mender")
  String jwtIssuer();

  /// From `iat` to `exp`, in seconds.
  @WithDefault("604800")
  long jwtExpTimeout();

  /// The shortest RSA key that a device may have.
  @WithDefault("1024")
  int minRsaBits();

  /// Devices that may wait for somebody to decide on them; 0 for any number.
  @WithDefault("100000")
  long maxPendingDevices();

  /// New devices, and new keys of known ones, from one address: `DEVICES/TIME` as in `1000/1h`
  /// (s, m, h, d), or `off`.
  @WithDefault("1000/1h")
  Rate newDevicesPerAddress();

  /// How often it is written down that a device was here.
  @WithDefault("5m")
  Duration checkInEvery();

  /// Algorithms that this replica does not check, by their JWS names with commas between: no key
  /// of such a kind begins to sign while the replica is live. Absent: it checks all that it can.
  Optional<List<String>> verifyWithoutAlgs();

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
