package org.rekey.keystore;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.log.LogSigner;
import org.rekey.keystore.pkcs11.Tokens;
import org.rekey.pkcs11.Passphrase;
import org.rekey.runtime.config.Settings;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.kafka.KafkaCluster;

/// All that the environment says, checked.
record KeystoreConfig(
    KeystoreSettings settings,
    LogSigner signer,
    List<KeyRing> rings,
    Tokens tokens,
    Optional<KafkaCluster> kafka) {
  private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);
  private static final Duration LONGEST_LEASE = Duration.ofMinutes(10);

  private static final Duration LONGEST_ANNOUNCED = Duration.ofDays(30);

  /// @throws SettingsException with a line for everything that cannot be used
  static KeystoreConfig read(Map<String, String> environment) {
    var problems = new ArrayList<String>();
    var rings = orProblems(problems, () -> RingSettings.read(environment));
    var settings = orProblems(problems, () -> settings(environment));
    var signer =
        settings == null
            ? null
            : orProblems(problems, () -> LogSigner.read("KEYSTORE_LOG_KEY", settings.logKey()));
    var tokens = settings == null ? null : orProblems(problems, () -> tokens(settings));
    var kafka =
        settings == null ? null : orProblems(problems, () -> KafkaCluster.of(settings.kafka()));
    if (rings == null || settings == null || signer == null || tokens == null || kafka == null) {
      throw new SettingsException(problems);
    }
    return new KeystoreConfig(settings, signer, rings, tokens, kafka);
  }

  private static KeystoreSettings settings(Map<String, String> environment) {
    var settings = Settings.read(KeystoreSettings.class, environment);
    var lease = settings.lease();
    if (lease.compareTo(SHORTEST_LEASE) < 0 || lease.compareTo(LONGEST_LEASE) > 0) {
      throw new SettingsException(
          "KEYSTORE_LEASE: " + lease.toMillis() + "ms (expected: 1s to 10m)");
    }
    var announced = settings.minAnnounced();
    if (announced.isNegative() || announced.compareTo(LONGEST_ANNOUNCED) > 0) {
      throw new SettingsException(
          "KEYSTORE_MIN_ANNOUNCED: " + announced.toMillis() + "ms (expected: 0s to 30d)");
    }
    return settings;
  }

  private static Tokens tokens(KeystoreSettings settings) {
    var modules = settings.pkcs11Modules().orElse(List.of());
    for (Path module : modules) {
      if (!module.isAbsolute() || !module.equals(module.normalize())) {
        throw new SettingsException(
            "KEYSTORE_PKCS11_MODULES: %s (expected: absolute paths, separated by commas)"
                .formatted(module));
      }
    }
    if (settings.pkcs11PinFile().isPresent() && settings.pkcs11Pin().isPresent()) {
      throw new SettingsException(
          "KEYSTORE_PKCS11_PIN: set beside KEYSTORE_PKCS11_PIN_FILE (expected: one of them)");
    }
    return new Tokens(
        modules,
        settings
            .pkcs11PinFile()
            .map(Passphrase::pinIn)
            .or(() -> settings.pkcs11Pin().map(pin -> Passphrase.of("KEYSTORE_PKCS11_PIN", pin)))
            .orElse(Tokens.NO_PIN));
  }

  private static <T> @Nullable T orProblems(List<String> problems, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (SettingsException e) {
      problems.addAll(e.problems());
      return null;
    }
  }
}
