package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.cli.client.GatewayCertificates;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Platform;
import org.rekey.gateway.GatewayServer;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// The overlap of server certificates as Mender's page "Certificates and keys" has it, with the
/// real `mender` running: a device trusts the old and the new one, and the gateway goes to the new
/// one and back.
class CertificateOverlapIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int SOME_POLLS = 3;

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir Path directory;
  private final DeviceUpstream upstream = new DeviceUpstream();
  private int management;

  @Test
  void aDeviceThatTrustsBothGoesOnAndOneThatTrustsOnlyTheOldIsNotCounted() throws Exception {
    Assumptions.assumeTrue(
        DeviceMender.isUsable(),
        "mender (Debian package mender-client) is not installed, or there is no right to mount:"
            + " the exchange of certificates under a real device is not tested");
    selfSigned("old");
    selfSigned("new");
    Files.writeString(file("both.pem"), read("old.pem") + read("new.pem"));
    show("old");
    management = Platform.freePort();
    try (var platform = Platform.builder(directory, POSTGRES).upstream(upstream).start();
        var gateway = GatewayServer.start(environment(platform));
        var client = new Client(platform, HttpClient.Version.HTTP_1_1);
        var ready = device("ready", gateway, "both.pem", "52:54:00:00:00:01");
        var late = device("late", gateway, "old.pem", "52:54:00:00:00:02")) {
      DeviceOwner owner = DeviceOwner.of(platform, client);
      String readyId = accepted(owner, ready);
      String lateId = accepted(owner, late);
      awaitMorePolls(readyId);
      awaitMorePolls(lateId);
      awaitDevices(2, 2);
      List<String> untilAccepted = troubles(ready);

      show("new");
      awaitDevices(1, 2);
      awaitMorePolls(readyId);
      await().atMost(PATIENCE).until(() -> late.log().contains("self-signed certificate"));
      long lost = upstream.polls(lateId);
      awaitMorePolls(readyId);
      assertThat(upstream.polls(lateId)).as("it trusts the old one only").isEqualTo(lost);
      awaitDevices(1, 2);
      assertThat(status().path("replaced").path(0).path("devices").asInt()).isEqualTo(1);

      show("old");
      awaitDevices(2, 2);
      awaitMorePolls(readyId);
      awaitMorePolls(lateId);
      assertThat(troubles(ready)).as("it has not noticed").isEqualTo(untilAccepted);
      assertThat(ready.isRunning() && late.isRunning()).as("the same processes").isTrue();
    }
  }

  private Map<String, String> environment(Platform platform) {
    Map<String, String> environment = platform.gatewayEnvironment();
    environment.put("GATEWAY_CERTIFICATE", file("shown.pem").toString());
    environment.put("GATEWAY_KEY", file("shown.key").toString());
    environment.put("GATEWAY_MANAGEMENT_LISTEN", "127.0.0.1:" + management);
    return environment;
  }

  private DeviceMender device(String name, GatewayServer gateway, String trusted, String mac) {
    DeviceMender device =
        new DeviceMender(
            file(name),
            "https://localhost:" + gateway.port(),
            file(trusted),
            mac,
            KeyFiles.pkcs8(KeyFiles.ec("secp256r1")),
            "");
    device.startDaemon();
    return device;
  }

  private static String accepted(DeviceOwner owner, DeviceMender device) {
    await().atMost(PATIENCE).until(() -> owner.statusOf(device.mac()).equals("pending"));
    JsonNode pending = owner.device(device.mac());
    owner.set(pending, "accepted");
    return pending.path("id").asText();
  }

  /// What has gone wrong for a device, and when it had to ask for a token.
  private static List<String> troubles(DeviceMender device) {
    List<String> troubles = new ArrayList<>(device.errors());
    device.log().lines().filter(line -> line.contains("unauthorized")).forEach(troubles::add);
    return troubles;
  }

  private void awaitMorePolls(String deviceId) {
    long wanted = upstream.polls(deviceId) + SOME_POLLS;
    await().atMost(PATIENCE).until(() -> upstream.polls(deviceId) >= wanted);
  }

  private void awaitDevices(int ready, int seen) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              JsonNode devices = status().path("devices");
              assertThat(devices.path("shown_what_is_served").asInt()).isEqualTo(ready);
              assertThat(devices.path("seen").asInt()).isEqualTo(seen);
            });
  }

  /// What `rekey certs status` is told of the HTTPS port.
  private JsonNode status() {
    return GatewayCertificates.ask("127.0.0.1:" + management).path("listeners").path(0);
  }

  private void show(String name) throws IOException {
    Files.copy(file(name + ".key"), file("shown.key"), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(file(name + ".pem"), file("shown.pem"), StandardCopyOption.REPLACE_EXISTING);
  }

  private void selfSigned(String name) {
    Command openssl =
        Command.run(
            Map.of(),
            "",
            List.of(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-noenc",
                "-days",
                "30",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                file(name + ".key").toString(),
                "-out",
                file(name + ".pem").toString()));
    assertThat(openssl.exit()).as(openssl.err()).isZero();
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private String read(String name) throws IOException {
    return Files.readString(file(name));
  }
}
