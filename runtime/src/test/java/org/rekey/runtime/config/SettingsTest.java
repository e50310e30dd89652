package org.rekey.runtime.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SettingsTest {
  @ConfigMapping(prefix = "sample")
  interface Sample {
    HostPort listen();

    @WithDefault("private\\.id\\.([0-9]*)\\.pem")
    String serverPrivKeyFilenamePattern();

    Optional<Path> file();

    @WithDefault("10s")
    Duration lease();

    TlsSettings tls();
  }

  private static final Map<String, String> COMPLETE =
      Map.of(
          "SAMPLE_LISTEN", "127.0.0.1:0",
          "SAMPLE_TLS_CERTIFICATE", "/c.pem",
          "SAMPLE_TLS_KEY", "/k.pem",
          "SAMPLE_TLS_CA", "/ca.pem");

  @Test
  void readsNestedNamesFromTheEnvironment() {
    Sample sample = Settings.read(Sample.class, COMPLETE);
    assertThat(sample.listen()).isEqualTo(new HostPort("127.0.0.1", 0));
    assertThat(sample.tls().ca()).isEqualTo(Path.of("/ca.pem"));
    assertThat(sample.file()).isEmpty();
  }

  @Test
  void keepsBackslashesInAPattern() {
    assertThat(Settings.read(Sample.class, COMPLETE).serverPrivKeyFilenamePattern())
        .isEqualTo("private\\.id\\.([0-9]*)\\.pem");
    var environment = new java.util.HashMap<>(COMPLETE);
    environment.put("SAMPLE_SERVER_PRIV_KEY_FILENAME_PATTERN", "key\\.([0-9]+)\\.pem");
    assertThat(Settings.read(Sample.class, environment).serverPrivKeyFilenamePattern())
        .isEqualTo("key\\.([0-9]+)\\.pem");
  }

  @Test
  void namesEveryMissingSettingAtOnceAsAnEnvironmentVariable() {
    assertThatThrownBy(() -> Settings.read(Sample.class, Map.of("SAMPLE_LISTEN", "nowhere")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("SAMPLE_TLS_CERTIFICATE")
        .hasMessageContaining("SAMPLE_TLS_KEY")
        .hasMessageContaining("SAMPLE_TLS_CA")
        .hasMessageContaining("nowhere (expected: host:port)");
  }

  @Test
  void readsDurationsAsTheyAreWritten() {
    var environment = new java.util.HashMap<>(COMPLETE);
    assertThat(Settings.read(Sample.class, environment).lease()).isEqualTo(Duration.ofSeconds(10));
    environment.put("SAMPLE_LEASE", "250ms");
    assertThat(Settings.read(Sample.class, environment).lease()).isEqualTo(Duration.ofMillis(250));
    environment.put("SAMPLE_LEASE", "soon");
    assertThatThrownBy(() -> Settings.read(Sample.class, environment))
        .hasMessageContaining("soon (expected: a duration such as");
  }

  @Test
  void readsOneMappingUnderSeveralPrefixes() {
    assertThat(
            Settings.read(
                    TlsSettings.class,
                    "other",
                    Map.of("OTHER_CERTIFICATE", "/c", "OTHER_KEY", "/k", "OTHER_CA", "/ca"))
                .key())
        .isEqualTo(Path.of("/k"));
  }
}
