package org.rekey.useradm;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.KafkaSettings;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.limit.Rate;

/// The settings of useradm-svc: the environment variables `USERADM_…`.
@ConfigMapping(prefix = "useradm")
interface UseradmSettings {
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
  @WithDefault("mender.useradm")
  String jwtIssuer();

  /// From `iat` to `exp`, in seconds.
  @WithDefault("604800")
  long jwtExpTimeout();

  /// 0 for any number; otherwise a login over the limit ends the user's oldest session.
  @WithDefault("10")
  int limitSessionsPerUser();

  /// Personal access tokens; 0 for any number.
  @WithDefault("10")
  int limitTokensPerUser();

  /// The longest life that a personal access token with an expiry may have, in seconds.
  @WithDefault("31536000")
  long tokenMaxExpirationSeconds();

  /// How often the last use of one personal access token is written down, in minutes; 0: never.
  @WithDefault("5")
  int tokenLastUsedUpdateFreqMinutes();

  Password password();

  LoginFailures loginFailures();

  /// Algorithms that this replica does not check, by their JWS names with commas between: no key
  /// of such a kind begins to sign while the replica is live. Absent: it checks all that it can.
  Optional<List<String>> verifyWithoutAlgs();

  /// How many verified signatures to remember; 0 for none.
  @WithDefault("100000")
  int signatureCacheSize();

  /// How many live tokens to remember.
  @WithDefault("1000000")
  int registryCacheSize();

  /// How long to believe what the token registry said while the token feed is not heard: the
  /// longest time that a revoked token can go on when Kafka is away.
  @WithDefault("30s")
  Duration registryTtl();

  /// What a password hash costs. The defaults are OWASP's minimum for Argon2id.
  interface Password {
    @WithDefault("19456")
    int memoryKib();

    @WithDefault("2")
    int iterations();

    @WithDefault("1")
    int parallelism();

    /// Absent: half of the cores, at least one. The others are for verification.
    OptionalInt hashThreads();

    /// How many passwords may wait for a thread.
    @WithDefault("64")
    int hashQueue();
  }

  /// How often a login may fail: `FAILURES/TIME` as in `10/1m` (s, m, h, d), or `off`.
  interface LoginFailures {
    /// One account from one address.
    @WithDefault("10/1m")
    Rate perAccountAndAddress();

    /// One account from anywhere.
    @WithDefault("100/1h")
    Rate perAccount();

    /// One address, whatever the account.
    @WithDefault("100/1m")
    Rate perAddress();
  }
}
