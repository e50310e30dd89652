package org.rekey.useradm;

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
import org.rekey.useradm.password.Argon2id;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.log.LogKey;
import org.rekey.verifier.serve.VerdictService;

/// The settings in the terms of the parts that they are for, checked as a whole.
record UseradmConfig(
    UseradmSettings settings,
    LogKey logKey,
    String keystore,
    VerdictService.Config verdicts,
    Optional<KafkaCluster> kafka,
    Argon2id passwordCost,
    int passwordThreads,
    FailedLogins.Limits failedLogins,
    Sessions.Policy sessions,
    PersonalAccessTokens.Policy personal,
    Duration noteUseEvery) {
  private static final long HUNDRED_YEARS = 3_153_600_000L;
  private static final long ONE_YEAR_OF_MINUTES = 525_600;

  /// @throws SettingsException with every problem at once
  static UseradmConfig read(Map<String, String> environment) {
    UseradmSettings settings = Settings.read(UseradmSettings.class, environment);
    List<String> problems = problems(settings);
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    return new UseradmConfig(
        settings,
        logKey(settings),
        settings.keystoreTarget().stream().map(HostPort::toString).collect(Collectors.joining(",")),
        new VerdictService.Config(
            "useradm",
            settings.signatureCacheSize(),
            settings.registryCacheSize(),
            settings.registryTtl(),
            withoutAlgs(settings)),
        KafkaCluster.of(settings.kafka()),
        cost(settings.password()),
        settings
            .password()
            .hashThreads()
            .orElse(Math.max(1, Runtime.getRuntime().availableProcessors() / 2)),
        new FailedLogins.Limits(
            settings.loginFailures().perAccountAndAddress(),
            settings.loginFailures().perAccount(),
            settings.loginFailures().perAddress()),
        new Sessions.Policy(
            settings.jwtIssuer(),
            Duration.ofSeconds(settings.jwtExpTimeout()),
            settings.limitSessionsPerUser()),
        new PersonalAccessTokens.Policy(
            settings.jwtIssuer(),
            Duration.ofSeconds(settings.tokenMaxExpirationSeconds()),
            settings.limitTokensPerUser()),
        Duration.ofMinutes(settings.tokenLastUsedUpdateFreqMinutes()));
  }

  private static List<String> problems(UseradmSettings settings) {
    List<String> problems = new ArrayList<>();
    atLeast(problems, "JWT_EXP_TIMEOUT", settings.jwtExpTimeout(), 1);
    atLeast(problems, "LIMIT_SESSIONS_PER_USER", settings.limitSessionsPerUser(), 0);
    atLeast(problems, "LIMIT_TOKENS_PER_USER", settings.limitTokensPerUser(), 0);
    between(
        problems,
        "TOKEN_MAX_EXPIRATION_SECONDS",
        settings.tokenMaxExpirationSeconds(),
        1,
        HUNDRED_YEARS);
    between(
        problems,
        "TOKEN_LAST_USED_UPDATE_FREQ_MINUTES",
        settings.tokenLastUsedUpdateFreqMinutes(),
        0,
        ONE_YEAR_OF_MINUTES);
    atLeast(problems, "PASSWORD_HASH_THREADS", settings.password().hashThreads().orElse(1), 1);
    atLeast(problems, "PASSWORD_HASH_QUEUE", settings.password().hashQueue(), 1);
    atLeast(problems, "SIGNATURE_CACHE_SIZE", settings.signatureCacheSize(), 0);
    atLeast(problems, "REGISTRY_CACHE_SIZE", settings.registryCacheSize(), 1);
    if (!settings.registryTtl().isPositive()) {
      problems.add(
          "USERADM_REGISTRY_TTL: %s (expected: a positive duration such as 5s)"
              .formatted(settings.registryTtl()));
    }
    try {
      cost(settings.password());
    } catch (IllegalArgumentException e) {
      problems.add("USERADM_PASSWORD_" + e.getMessage());
    }
    try {
      withoutAlgs(settings);
    } catch (IllegalArgumentException e) {
      problems.add("USERADM_VERIFY_WITHOUT_ALGS: " + e.getMessage());
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

  private static Set<Alg> withoutAlgs(UseradmSettings settings) {
    return Alg.allNamed(settings.verifyWithoutAlgs().orElse(List.of()));
  }

  private static LogKey logKey(UseradmSettings settings) {
    String name = "USERADM_KEYLOG_PUBLIC_KEY: " + settings.keylogPublicKey();
    try {
      return LogKey.fromPem(Files.readString(settings.keylogPublicKey()));
    } catch (IOException e) {
      throw new SettingsException(name + ": cannot be read (expected: a PEM file)");
    } catch (IllegalArgumentException e) {
      throw new SettingsException(name + ": " + e.getMessage());
    }
  }

  private static Argon2id cost(UseradmSettings.Password password) {
    return new Argon2id(password.memoryKib(), password.iterations(), password.parallelism());
  }

  private static void atLeast(List<String> problems, String name, long value, long least) {
    if (value < least) {
      problems.add("USERADM_%s: %d (expected: %d or more)".formatted(name, value, least));
    }
  }

  private static void between(
      List<String> problems, String name, long value, long least, long most) {
    if (value < least || value > most) {
      problems.add("USERADM_%s: %d (expected: %d to %d)".formatted(name, value, least, most));
    }
  }
}
