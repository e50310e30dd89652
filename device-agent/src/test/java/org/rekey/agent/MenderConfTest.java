package org.rekey.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.agent.key.KeyName;

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
    assertThat(conf.authKey()).contains(new KeyName.InFile(Path.of("/a.pem")));
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
                        + " {\"Key\": \"pkcs11:token=t\", \"SSLEngine\": \"tpm2tss\"}, \"RetryPollIntervalSeconds\": -1}",
                    ""))
        .isInstanceOf(AgentFailure.class)
        .hasMessageContaining("main.conf: ")
        .hasMessageContaining("ServerURL: ftp://a (expected: https://HOST[:PORT])")
        .hasMessageContaining("SkipVerify: no boolean")
        .hasMessageContaining("HttpsClient.Key: a PKCS#11 URI that cannot be used: it names no key")
        .hasMessageContaining("HttpsClient.SSLEngine: tpm2tss (expected: pkcs11")
        .hasMessageContaining("RetryPollIntervalSeconds: -1");
  }

  @Test
  void aKeyInATokenIsNamedAndItsPinIsNotShown() throws IOException {
    MenderConf conf =
        read(
            """
            {
              "ServerURL": "https://a",
              "HttpsClient": {
                "Certificate": "/c.pem",
                "Key": "pkcs11:token=device;object=k?pin-value=Sesame",
                "SSLEngine": "pkcs11"
              },
              "Security": {"AuthPrivateKey": "pkcs11:token=device;id=%01?pin-source=/run/pin"}
            }
            """,
            "");
    assertThat(conf.certificateKey().map(KeyName::toString)).contains("key k of token device");
    assertThat(conf.authKey().map(KeyName::toString)).contains("key id 01 of token device");
    assertThat(conf.toString()).doesNotContain("Sesame");
  }

  @Test
  void aDeviceWithoutConfigurationIsToldWhatItNeeds() {
    assertThatThrownBy(() -> read("", ""))
        .hasMessageContaining("main.conf: not there")
        .hasMessageContaining("ServerURL");
  }
}
