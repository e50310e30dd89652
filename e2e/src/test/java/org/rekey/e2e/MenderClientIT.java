package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Platform;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// The real `mender` 3.4 of Debian, unchanged, over HTTPS: it asks, its owner decides, it polls,
/// and it sees nothing of the keys that turn under it.
class MenderClientIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// Polls come every second.
  private static final int SOME_POLLS = 4;

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static final DeviceUpstream upstream = new DeviceUpstream();
  private static Platform platform;
  private static Client client;
  private static DeviceOwner owner;
  private final List<DeviceMender> started = new ArrayList<>();

  @BeforeAll
  static void start() {
    Assumptions.assumeTrue(
        DeviceMender.isUsable(),
        "mender (Debian package mender-client) is not installed, or there is no right to mount:"
            + " what the real device does is not tested");
    platform = Platform.builder(directory, POSTGRES).upstream(upstream).start();
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
    owner = DeviceOwner.of(platform, client);
  }

  @AfterAll
  static void stop() {
    if (platform != null) {
      client.close();
      platform.close();
    }
  }

  @AfterEach
  void stopDaemons() {
    started.forEach(DeviceMender::close);
  }

  /// @param privateKey PEM; empty: the program makes its own
  private DeviceMender device(String privateKey) {
    String mac =
        "52:54:00:%06x"
            .formatted(ThreadLocalRandom.current().nextInt(1 << 24))
            .replaceAll("(..)(..)(..)$", "$1:$2:$3");
    DeviceMender device =
        new DeviceMender(directory.resolve(mac.replace(":", "")), platform, mac, privateKey);
    started.add(device);
    return device;
  }

  static Stream<Arguments> keys() {
    return Stream.of(
        Arguments.of("its own", ""),
        Arguments.of("RSA 1024", KeyFiles.pkcs8(KeyFiles.rsa(1024))),
        Arguments.of("P-256", KeyFiles.pkcs8(KeyFiles.ec("secp256r1"))),
        Arguments.of("P-384", KeyFiles.pkcs8(KeyFiles.ec("secp384r1"))),
        Arguments.of("P-521", KeyFiles.pkcs8(KeyFiles.ec("secp521r1"))),
        Arguments.of("secp256k1", KeyFiles.pkcs8(KeyFiles.ec("secp256k1"))),
        Arguments.of("Ed25519", KeyFiles.pkcs8(KeyFiles.ed25519())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("keys")
  void bootstrapWaitsUntilTheOwnerAcceptsTheKey(String name, String privateKey) {
    DeviceMender mender = device(privateKey);
    Command refused = mender.bootstrap();
    assertThat(refused.exit()).as(refused.err()).isEqualTo(1);
    assertThat(refused.err()).contains("dev auth: unauthorized");
    JsonNode device = owner.device(mender.mac());
    assertThat(device.path("status").asText()).isEqualTo("pending");
    assertThat(device.path("auth_sets")).hasSize(1);
    if (privateKey.isEmpty()) {
      String pem = device.path("auth_sets").path(0).path("pubkey").asText();
      assertThat(rsa(pem).getModulus().bitLength()).isEqualTo(3072);
    }

    owner.set(device, "accepted");
    Command accepted = mender.bootstrap();
    assertThat(accepted.exit()).as(accepted.err()).isZero();
    JsonNode after = owner.device(mender.mac());
    assertThat(after.path("id")).isEqualTo(device.path("id"));
    assertThat(after.path("status").asText()).isEqualTo("accepted");
    assertThat(after.path("auth_sets")).hasSize(1);
  }

  private static RSAPublicKey rsa(String pem) {
    byte[] x509 = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    try {
      return (RSAPublicKey)
          KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(x509));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aRejectedDaemonIsLeftOutsideAndComesBackByItselfWhenItIsAccepted() {
    DeviceMender mender = device(KeyFiles.pkcs8(KeyFiles.ec("secp256r1")));
    mender.startDaemon();
    JsonNode device = accept(mender);
    String id = device.path("id").asText();
    awaitPolls(id, SOME_POLLS);

    double refusals = refusals();
    owner.set(device, "rejected");
    awaitThat(mender, () -> refusals() > refusals);
    awaitThat(mender, () -> mender.log().contains("authentication request rejected"));
    long before = upstream.of(id).size();
    double asked = unauthorized();
    awaitThat(mender, () -> unauthorized() >= asked + 2);
    assertThat(upstream.of(id)).as("nothing of it got through").hasSize((int) before);
    assertThat(owner.statusOf(mender.mac())).isEqualTo("rejected");

    owner.set(device, "accepted");
    awaitPolls(id, upstream.polls(id) + SOME_POLLS);
    assertThat(mender.isRunning()).as("the same process").isTrue();
  }

  @Test
  void noPollFailsWhileTheKeysOfDeviceauthTurn() {
    DeviceMender mender = device(KeyFiles.pkcs8(KeyFiles.ed25519()));
    mender.startDaemon();
    String id = accept(mender).path("id").asText();
    awaitPolls(id, SOME_POLLS);
    double refusals = refusals();

    rotateTo(5539, KeyFiles.pkcs8(KeyFiles.ec("secp256r1")));
    awaitPolls(id, upstream.polls(id) + SOME_POLLS);
    assertThat(refusals()).as("its old token goes on").isEqualTo(refusals);
    assertThat(upstream.pollsWith(id, 5539)).isZero();

    mender.stopDaemon();
    mender.startDaemon();
    awaitThat(mender, () -> upstream.pollsWith(id, 5539) >= SOME_POLLS);
    retire(0);
    awaitPolls(id, upstream.polls(id) + SOME_POLLS);
    assertThat(refusals()).as("nobody had a token of the retired key").isEqualTo(refusals);

    rotateTo(5540, KeyFiles.pkcs8(KeyFiles.ed25519()));
    retire(5539);
    awaitThat(mender, () -> upstream.pollsWith(id, 5540) >= SOME_POLLS);
    double taught = refusals() - refusals;
    assertThat(taught)
        .as("the key under its token is gone: a call is refused, it asks, the call goes through")
        .isBetween(1.0, 2.0);
    assertThat(mender.errors()).isEmpty();
    System.out.printf(
        "mender 3.4 under 2 rotations and 2 retirements: %d polls by kid %s, %.0f answers 401, each"
            + " made good by the client at once%n",
        upstream.polls(id),
        List.of(0L, 5539L, 5540L).stream()
            .map(kid -> kid + ": " + upstream.pollsWith(id, kid))
            .toList(),
        taught);
  }

  /// Waits for the daemon's first request and accepts it.
  private static JsonNode accept(DeviceMender mender) {
    awaitThat(mender, () -> owner.statusOf(mender.mac()).equals("pending"));
    JsonNode device = owner.device(mender.mac());
    owner.set(device, "accepted");
    return device;
  }

  private void awaitPolls(String deviceId, long polls) {
    awaitThat(started.getLast(), () -> upstream.polls(deviceId) >= polls);
  }

  private static void awaitThat(DeviceMender mender, Callable<Boolean> condition) {
    await()
        .atMost(PATIENCE)
        .failFast("the daemon has ended", () -> !mender.isRunning())
        .until(condition);
  }

  private static void rotateTo(long kid, String pem) {
    KeyFiles.place(platform.keyDirectory("deviceauth").resolve("private.id." + kid + ".pem"), pem);
    platform.awaitState("deviceauth", kid, KeyState.KEY_STATE_ANNOUNCED);
    var _ =
        platform
            .admin()
            .activateKey(ActivateKeyRequest.newBuilder().setRing("deviceauth").setKid(kid).build());
  }

  private static void retire(long kid) {
    var _ =
        platform
            .admin()
            .retireKey(
                RetireKeyRequest.newBuilder()
                    .setRing("deviceauth")
                    .setKid(kid)
                    .setReason("drill")
                    .setForce(true)
                    .build());
  }

  /// Calls of devices that the gateway has not let through.
  private static double refusals() {
    return gateway("gateway_verdicts_total{audience=\"DEVICES\",verdict=\"REASON");
  }

  /// Answers 401 of any kind.
  private static double unauthorized() {
    return gateway("gateway_responses_total{status=\"401\"");
  }

  private static double gateway(String start) {
    return platform
        .gatewayMetrics()
        .lines()
        .filter(line -> line.startsWith(start))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}
