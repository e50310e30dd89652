package org.rekey.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackSecretsTest {
  private final Instant now = Instant.now();
  @TempDir Path directory;

  private List<Path> ensure(Instant now) {
    return new StackSecrets(directory, List.of("rekey.example.com"), now, new SecureRandom())
        .ensure();
  }

  private Set<String> filesOf(String service) throws IOException {
    try (var files = Files.list(directory.resolve(service))) {
      return Set.copyOf(files.map(file -> file.getFileName().toString()).toList());
    }
  }

  @Test
  void givesEveryServiceWhatItNeedsAndNoneAnothersKeys() throws IOException {
    var _ = ensure(now);
    assertThat(filesOf("keystore"))
        .containsExactlyInAnyOrder(
            "tls.pem",
            "tls.key",
            "ca.pem",
            "database.password",
            "log-key.pem",
            "kafka.pem",
            "kafka-ca.pem");
    assertThat(filesOf("useradm")).contains("log-key.pub.pem").doesNotContain("log-key.pem");
    assertThat(filesOf("gateway"))
        .containsExactlyInAnyOrder("tls.pem", "tls.key", "ca.pem", "https.pem", "https.key");
    assertThat(directory.resolve("keys/deviceauth/private.pem")).exists();
    assertThat(directory.resolve("keystore/tls.key"))
        .content()
        .isNotEqualTo(Files.readString(directory.resolve("useradm/tls.key")));
  }

  @Test
  void letsNobodyElseReadThem() throws IOException {
    for (Path file : ensure(now)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .as(file.toString())
          .isEqualTo("rw-------");
    }
  }

  @Test
  void keepsWhatIsThereAndRenewsCertificatesThatEndSoon() {
    var _ = ensure(now);
    assertThat(ensure(now.plus(Duration.ofDays(300)))).isEmpty();
    assertThat(ensure(now.plus(Duration.ofDays(380))))
        .contains(directory.resolve("useradm/tls.pem"), directory.resolve("gateway/https.pem"))
        .doesNotContain(
            directory.resolve("useradm/ca.pem"),
            directory.resolve("keystore/log-key.pem"),
            directory.resolve("useradm/database.password"));
  }
}
