package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.limit.Rate;
import org.rekey.testkit.KeyFiles;
import org.rekey.useradm.password.Argon2id;

class UseradmConfigTest {
  @TempDir Path directory;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void complete() throws IOException {
    Path key = directory.resolve("log.pem");
    Files.writeString(key, KeyFiles.publicOnly(KeyFiles.ed25519().getPublic()));
    environment.putAll(
        Map.of(
            "USERADM_LISTEN", "127.0.0.1:0",
            "USERADM_TLS_CERTIFICATE", "/c.pem",
            "USERADM_TLS_KEY", "/k.pem",
            "USERADM_TLS_CA", "/ca.pem",
            "USERADM_DATABASE_URL", "jdbc:postgresql://db/rekey",
            "USERADM_DATABASE_USER", "useradm",
            "USERADM_KEYSTORE_TARGET", "a:1,b:2",
            "USERADM_KEYLOG_PUBLIC_KEY", key.toString()));
  }

  @Test
  void hasTheDefaultsOfMenderAndOwasp() {
    UseradmConfig config = UseradmConfig.read(environment);
    assertThat(config.sessions())
        .isEqualTo(new Sessions.Policy("mender.useradm", Duration.ofDays(7), 10));
    assertThat(config.passwordCost()).isEqualTo(new Argon2id(19456, 2, 1));
    assertThat(config.passwordThreads())
        .isEqualTo(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
    assertThat(config.failedLogins())
        .isEqualTo(
            new FailedLogins.Limits(
                new Rate(10, Duration.ofMinutes(1)),
                new Rate(100, Duration.ofHours(1)),
                new Rate(100, Duration.ofMinutes(1))));
    assertThat(config.verdicts().believeRegistryFor()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.keystore()).isEqualTo("a:1,b:2");
    assertThat(config.personal())
        .isEqualTo(new PersonalAccessTokens.Policy("mender.useradm", Duration.ofDays(365), 10));
    assertThat(config.noteUseEvery()).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void namesEveryProblemAtOnce() {
    environment.put("USERADM_JWT_EXP_TIMEOUT", "0");
    environment.put("USERADM_LIMIT_SESSIONS_PER_USER", "-1");
    environment.put("USERADM_LIMIT_TOKENS_PER_USER", "-1");
    environment.put("USERADM_TOKEN_MAX_EXPIRATION_SECONDS", "0");
    environment.put("USERADM_TOKEN_LAST_USED_UPDATE_FREQ_MINUTES", "1000000");
    environment.put("USERADM_PASSWORD_MEMORY_KIB", "4");
    environment.put("USERADM_REGISTRY_TTL", "0s");
    environment.put("USERADM_KEYLOG_PUBLIC_KEY", "/nowhere.pem");
    assertThatThrownBy(() -> UseradmConfig.read(environment))
        .isInstanceOfSatisfying(
            SettingsException.class,
            e ->
                assertThat(e.problems())
                    .containsExactlyInAnyOrder(
                        "USERADM_JWT_EXP_TIMEOUT: 0 (expected: 1 or more)",
                        "USERADM_LIMIT_SESSIONS_PER_USER: -1 (expected: 0 or more)",
                        "USERADM_LIMIT_TOKENS_PER_USER: -1 (expected: 0 or more)",
                        "USERADM_TOKEN_MAX_EXPIRATION_SECONDS: 0 (expected: 1 to 3153600000)",
                        "USERADM_TOKEN_LAST_USED_UPDATE_FREQ_MINUTES: 1000000"
                            + " (expected: 0 to 525600)",
                        "USERADM_REGISTRY_TTL: PT0S (expected: a positive duration such as 5s)",
                        "USERADM_PASSWORD_MEMORY_KIB: 4 (expected: 8 to 4194304)",
                        "USERADM_KEYLOG_PUBLIC_KEY: /nowhere.pem: cannot be read"
                            + " (expected: a PEM file)"));
  }

  @Test
  void sharesItsPrefixWithTheRingsSettingsOfTheKeystore() {
    environment.put("USERADM_SERVER_PRIV_KEY_PATH", "/etc/useradm/rsa/private.id.2048.pem");
    environment.put("USERADM_SERVER_PRIV_KEY_FILENAME_PATTERN", "private\\.id\\.([0-9]*)\\.pem");
    environment.put("USERADM_SERVER_DEFAULT_PRIV_KEY_PATH", "/etc/useradm/rsa/private.pem");
    environment.put("USERADM_SERVER_PRIV_KEY_PASSPHRASE_FILE", "/etc/useradm/passphrase");
    assertThat(UseradmConfig.read(environment).sessions().issuer()).isEqualTo("mender.useradm");
  }

  @Test
  void refusesAKeyOfTheKeyLogThatIsNoEd25519Key() throws IOException {
    Path key = directory.resolve("rsa.pem");
    Files.writeString(key, KeyFiles.publicOnly(KeyFiles.rsa(2048).getPublic()));
    environment.put("USERADM_KEYLOG_PUBLIC_KEY", key.toString());
    assertThatThrownBy(() -> UseradmConfig.read(environment))
        .hasMessageContaining("USERADM_KEYLOG_PUBLIC_KEY")
        .hasMessageContaining("Ed25519");
  }
}
