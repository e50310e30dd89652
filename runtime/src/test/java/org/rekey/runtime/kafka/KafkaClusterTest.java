package org.rekey.runtime.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.config.KafkaSettings;
import org.rekey.runtime.config.Settings;
import org.rekey.runtime.config.SettingsException;

class KafkaClusterTest {
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("kafka.properties");
  }

  private KafkaCluster read(String text) throws IOException {
    Files.writeString(file, text);
    return KafkaCluster.of("kafka:9092", file);
  }

  @Test
  void isNoneWhereTheSettingsNameNone() {
    assertThat(KafkaCluster.of(settings(Map.of()))).isEmpty();
  }

  @Test
  void readsTheFileThatTheSettingsName() throws IOException {
    Files.writeString(file, "security.protocol=SSL\n");
    var cluster =
        KafkaCluster.of(
            settings(
                Map.of(
                    "USERADM_KAFKA_BOOTSTRAP_SERVERS",
                    "a:1,b:2",
                    "USERADM_KAFKA_CONFIG",
                    file.toString())));
    assertThat(cluster).isPresent();
    assertThat(cluster.orElseThrow().client())
        .containsOnly(
            Map.entry("bootstrap.servers", "a:1,b:2"), Map.entry("security.protocol", "SSL"));
  }

  @Test
  void takesSettingsOfTheConnectionAndRefusesAllOthersAtOnce() throws IOException {
    assertThat(read("ssl.truststore.type=PEM\nsasl.mechanism=SCRAM-SHA-512\n").security())
        .hasSize(2);
    assertThatThrownBy(() -> read("acks=0\nbootstrap.servers=evil:1\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(file + ": acks (expected: security.protocol")
        .hasMessageContaining(file + ": bootstrap.servers (expected");
  }

  @Test
  void namesAFileThatCannotBeRead() {
    assertThatThrownBy(() -> read("ssl.keystore.location=/nowhere/a.pem\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessage(file + ": ssl.keystore.location: /nowhere/a.pem cannot be read");
    assertThatThrownBy(() -> KafkaCluster.of("kafka:9092", directory.resolve("missing")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("missing: cannot be read");
  }

  @Test
  void saysWhatAProtocolMayBe() {
    assertThatThrownBy(() -> read("security.protocol=TLS\n"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("security.protocol: TLS (expected: SSL, SASL_SSL");
  }

  @Test
  void showsNoPasswords() throws IOException {
    assertThat(read("ssl.key.password=open sesame\n")).hasToString("kafka:9092");
    assertThatThrownBy(() -> read("sasl.login.connect.timeout.ms=open sesame\n"))
        .message()
        .doesNotContain("sesame");
  }

  private static KafkaSettings settings(Map<String, String> environment) {
    return Settings.read(KafkaSettings.class, "useradm.kafka", environment);
  }
}
