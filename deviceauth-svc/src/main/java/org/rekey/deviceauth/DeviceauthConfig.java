package org.rekey.deviceauth;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.Settings;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.kafka.KafkaCluster;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.log.LogKey;
import org.rekey.verifier.serve.VerdictService;

/// The settings in the terms of the parts that they are for, checked as a whole.
record DeviceauthConfig(
    DeviceauthSettings settings,
    LogKey logKey,
    String keystore,
    VerdictService.Config verdicts,
    Optional<KafkaCluster> kafka,
    AuthRequests.Policy authRequests,
    NewDevices.Limits newDevices) {
  private static final long HUNDRED_YEARS = 3_153_600_000L;
  private static final int MIN_RSA_BITS = 1024;
  private static final int MAX_RSA_BITS = 8192;
  private static final Duration SHORTEST_CHECK_IN = Duration.ofSeconds(1);
  private static final Duration LONGEST_CHECK_IN = Duration.ofDays(1);

  /// @throws SettingsException with every problem at once
  static DeviceauthConfig read(Map<String, String> environment) {
    DeviceauthSettings settings = Settings.read(DeviceauthSettings.class, environment);
    List<String> problems = problems(settings);
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    return new DeviceauthConfig(
        settings,
        logKey(settings),
        settings.keystoreTarget().stream().map(HostPort::toString).collect(Collectors.joining(",")),
        new VerdictService.Config(
            "deviceauth",
            settings.signatureCacheSize(),
            settings.registryCacheSize(),
            settings.registryTtl(),
            withoutAlgs(settings)),
        KafkaCluster.of(settings.kafka()),
        new AuthRequests.Policy(
            settings.jwtIssuer(),
            Duration.ofSeconds(settings.jwtExpTimeout()),
            settings.minRsaBits()),
        new NewDevices.Limits(settings.maxPendingDevices(), settings.newDevicesPerAddress()));
  }

  private static List<String> problems(DeviceauthSettings settings) {
    List<String> problems = new ArrayList<>();
    between(problems, "JWT_EXP_TIMEOUT", settings.jwtExpTimeout(), 1, HUNDRED_YEARS);
    between(problems, "MIN_RSA_BITS", settings.minRsaBits(), MIN_RSA_BITS, MAX_RSA_BITS);
    atLeast(problems, "MAX_PENDING_DEVICES", settings.maxPendingDevices(), 0);
    Duration checkIn = settings.checkInEvery();
    if (checkIn.compareTo(SHORTEST_CHECK_IN) < 0 || checkIn.compareTo(LONGEST_CHECK_IN) > 0) {
      problems.add("DEVICEAUTH_CHECK_IN_EVERY: %s (expected: 1s to 1d)".formatted(checkIn));
    }
    atLeast(problems, "SIGNATURE_CACHE_SIZE", settings.signatureCacheSize(), 0);
    atLeast(problems, "REGISTRY_CACHE_SIZE", settings.registryCacheSize(), 1);
    if (!settings.registryTtl().isPositive()) {
      problems.add(
          "DEVICEAUTH_REGISTRY_TTL: %s (expected: a positive duration such as 5s)"
              .formatted(settings.registryTtl()));
    }
    try {
      withoutAlgs(settings);
    } catch (IllegalArgumentException e) {
      problems.add("DEVICEAUTH_VERIFY_WITHOUT_ALGS: " + e.getMessage());
    }
    try {
      logKey(settings);
    } catch (SettingsException e) {
      problems.addAll(e.problems());
    }
    try {
      var _ = KafkaCluster.of(settings.kafka());
    } catch (SettingsException e) {
      problems.addAll(e.problems());
    }
    return problems;
  }

  private static Set<Alg> withoutAlgs(DeviceauthSettings settings) {
    return Alg.allNamed(settings.verifyWithoutAlgs().orElse(List.of()));
  }

  private static LogKey logKey(DeviceauthSettings settings) {
    String name = "DEVICEAUTH_KEYLOG_PUBLIC_KEY: " + settings.keylogPublicKey();
    try {
      return LogKey.fromPem(Files.readString(settings.keylogPublicKey()));
    } catch (IOException e) {
      throw new SettingsException(name + ": cannot be read (expected: a PEM file)");
    } catch (IllegalArgumentException e) {
      throw new SettingsException(name + ": " + e.getMessage());
    }
  }

  private static void atLeast(List<String> problems, String name, long value, long least) {
    if (value < least) {
      problems.add("DEVICEAUTH_%s: %d (expected: %d or more)".formatted(name, value, least));
    }
  }

  private static void between(
      List<String> problems, String name, long value, long least, long most) {
    if (value < least || value > most) {
      problems.add("DEVICEAUTH_%s: %d (expected: %d to %d)".formatted(name, value, least, most));
    }
  }
}
