package org.rekey.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MenderConfTest {
  @TempDir Path directory;

  private MenderConf read(String main, String fallback) throws IOException {
    return MenderConf.read(write("main.conf", main), write("fallback.conf", fallback));
  }

  private Path write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    return text.isEmpty() ? file : Files.writeString(file, text);
  }

  @Test
  void understandsWhatARealDeviceHas() throws IOException {
    MenderConf conf =
        read(
            """
            {
              "ServerURL": "https://hosted.example.com/",
              "ServerCertificate": "/etc/mender/server.crt",
              "TenantToken": "t",
              "UpdatePollIntervalSeconds": 1800,
              "RetryPollIntervalSeconds": 120,
              "ArtifactVerifyKey": "/etc/mender/artifact-verify-key.pem",
              "DBus": {"Enabled": false},
              "HttpsClient": {"Certificate": "/c.pem", "Key": "/k.pem"},
              "Security": {"AuthPrivateKey": "/a.pem"}
            }
            """,
            "");
    assertThat(conf.servers()).containsExactly("https://hosted.example.com");
    assertThat(conf.serverCertificate()).contains(Path.of("/etc/mender/server.crt"));
    assertThat(conf.tenantToken()).isEqualTo("t");
    assertThat(conf.longestWait()).isEqualTo(Duration.ofMinutes(2));
    assertThat(conf.hasDbus()).isFalse();
    assertThat(conf.certificate()).contains(Path.of("/c.pem"));
    assertThat(conf.authKey()).contains(Path.of("/a.pem"));
  }

  @Test
  void theMainFileWinsOverTheOther() throws IOException {
    MenderConf conf =
        read(
            "{\"TenantToken\": \"main\"}",
            "{\"TenantToken\": \"other\", \"Servers\": [{\"ServerURL\": \"https://a\"},"
                + " {\"ServerURL\": \"https://b:8443\"}]}");
    assertThat(conf.tenantToken()).isEqualTo("main");
    assertThat(conf.servers()).containsExactly("https://a", "https://b:8443");
  }

  @Test
  void saysEverythingThatIsWrongAtOnce() {
    assertThatThrownBy(
            () ->
                read(
                    "{\"ServerURL\": \"ftp://a\", \"SkipVerify\": \"no\", \"HttpsClient\":"
                        + " {\"Key\": \"pkcs11:object=k\"}, \"RetryPollIntervalSeconds\": -1}",
                    ""))
        .isInstanceOf(AgentFailure.class)
        .hasMessageContaining("main.conf: ")
        .hasMessageContaining("ServerURL: ftp://a (expected: https://HOST[:PORT])")
        .hasMessageContaining("SkipVerify: no boolean")
        .hasMessageContaining("HttpsClient.Key: a key in a PKCS#11 token")
        .hasMessageContaining("RetryPollIntervalSeconds: -1");
  }

  @Test
  void aDeviceWithoutConfigurationIsToldWhatItNeeds() {
    assertThatThrownBy(() -> read("", ""))
        .hasMessageContaining("main.conf: not there")
        .hasMessageContaining("ServerURL");
  }
}
