package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rekey.agent.Agent;
import org.rekey.agent.AgentFailure;
import org.rekey.agent.auth.Answer;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Platform;
import org.rekey.proto.deviceauth.v1.KeyRotation;
import org.rekey.proto.deviceauth.v1.ListKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.OrderKeyRotationsRequest;
import org.rekey.testkit.DeviceAuthority;
import org.rekey.testkit.DeviceAuthority.Order;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.SoftHsm;
import org.rekey.verifier.key.PublicKeys;

/// Devices whose keys are in tokens: SoftHSM stands for the chip that a device has.
class DeviceTokenIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String ATTRIBUTES = "/api/devices/v1/inventory/device/attributes";
  private static final String PIN = "Pin-of-no-other-text";

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static final DeviceAuthority root = DeviceAuthority.root("CN=Devices");
  private static final DeviceUpstream upstream = new DeviceUpstream();
  private static final HttpClient programs = HttpClient.newHttpClient();
  private static SoftHsm hsm;
  private static SoftHsm.Token token;
  private static Path pin;
  private static Platform platform;
  private static Client client;
  private static DeviceOwner owner;

  @BeforeAll
  static void start() throws IOException {
    hsm = SoftHsm.ofThisProcess();
    token = hsm.token("device", PIN);
    pin = KeyFiles.write(directory.resolve("pin"), PIN + "\n");
    Path authority =
        Files.writeString(
            directory.resolve("devices.pem"), DeviceAuthority.pem(root.certificate()));
    platform =
        Platform.builder(directory, POSTGRES)
            .upstream(upstream)
            .gatewaySetting("GATEWAY_MTLS_LISTEN", "127.0.0.1:0")
            .gatewaySetting("GATEWAY_MTLS_CA", authority.toString())
            .gatewaySetting("GATEWAY_MTLS_IDENTITY_RULE", "cn=mac")
            .start();
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
    owner = DeviceOwner.of(platform, client);
  }

  @AfterAll
  static void stop() {
    if (platform != null) {
      client.close();
      platform.close();
    }
    programs.close();
  }

  /// A URI with everything in it, as `mender.conf` has it.
  private static String uri(String key) {
    return token.uri(key, pin).strip();
  }

  private static String generate(String type) {
    String key = UUID.randomUUID().toString();
    token.generate(type, key, key.replace("-", ""));
    return key;
  }

  private static AgentSite site(String url, String more) {
    String mac = UUID.randomUUID().toString();
    return AgentSite.in(directory.resolve(mac), url, platform.caCertificate(), mac, more);
  }

  private static AgentSite signing(String uri) {
    return site(platform.gatewayUrl(), ", \"Security\": {\"AuthPrivateKey\": \"" + uri + "\"}");
  }

  private static KeyPair publicHalf(AgentSite site) {
    byte[] der =
        Base64.getMimeDecoder()
            .decode(
                Agent.publicKey(site.options())
                    .lines()
                    .filter(line -> !line.startsWith("-----"))
                    .collect(Collectors.joining()));
    return new KeyPair(PublicKeys.parse(der).orElseThrow(), null);
  }

  private static int poll(Agent agent) throws IOException, InterruptedException {
    return programs
        .send(
            HttpRequest.newBuilder(URI.create(agent.proxyUrl() + ATTRIBUTES))
                .timeout(Duration.ofSeconds(30))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  /// SoftHSM sees keys that another process has made when it is started anew, which happens every
  /// few seconds at most.
  private static Agent open(AgentSite site) {
    return await()
        .atMost(PATIENCE)
        .ignoreExceptionsMatching(e -> String.valueOf(e.getMessage()).contains("list-objects"))
        .until(site::agent, _ -> true);
  }

  @ParameterizedTest
  @CsvSource({"rsa:2048", "EC:prime256v1", "EC:secp384r1", "EC:edwards25519"})
  void enrolsAndPollsWithAKeyThatNeverLeavesItsToken(String type) throws Exception {
    AgentSite site = signing(uri(generate(type)));
    try (Agent agent = open(site)) {
      assertThat(agent.askOnce()).isInstanceOf(Answer.Refused.class);
    }
    assertThat(owner.device(site.mac()).path("auth_sets").path(0).path("pubkey").asText())
        .isEqualTo(Agent.publicKey(site.options()));
    owner.set(owner.device(site.mac()), "accepted");
    try (Agent agent = open(site)) {
      agent.start();
      assertThat(poll(agent)).isEqualTo(200);
    }
    assertThat(site.key()).as("a key of the agent's own").doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"rsa:2048", "EC:prime256v1", "EC:secp384r1", "EC:edwards25519"})
  void comesWithACertificateWhoseKeyIsInAToken(String type) throws Exception {
    Path certificate = directory.resolve(UUID.randomUUID() + ".pem");
    String uri = uri(generate(type));
    AgentSite site =
        site(
            platform.deviceUrl(),
            ", \"HttpsClient\": {\"Certificate\": \"%s\", \"Key\": \"%s\", \"SSLEngine\": \"pkcs11\"}"
                .formatted(certificate, uri));
    open(signing(uri)).close();
    Files.writeString(
        certificate,
        DeviceAuthority.pem(root.issue(new Order("CN=" + site.mac(), publicHalf(site)))));

    try (Agent agent = site.agent()) {
      assertThat(agent.askOnce()).as("nobody has accepted it").isInstanceOf(Answer.Issued.class);
      agent.start();
      assertThat(poll(agent)).isEqualTo(200);
    }
    assertThat(owner.statusOf(site.mac())).isEqualTo("accepted");
  }

  @Test
  void aCertificateForAnotherKeyIsNotTaken() throws Exception {
    Path certificate = directory.resolve(UUID.randomUUID() + ".pem");
    String uri = uri(generate("EC:prime256v1"));
    open(signing(uri)).close();
    Files.writeString(
        certificate,
        DeviceAuthority.pem(root.issue(new Order("CN=other", KeyFiles.ec("secp256r1")))));
    AgentSite site =
        site(
            platform.deviceUrl(),
            ", \"HttpsClient\": {\"Certificate\": \"%s\", \"Key\": \"%s\"}"
                .formatted(certificate, uri));

    assertThatThrownBy(site::agent)
        .isInstanceOf(AgentFailure.class)
        .hasMessageContaining("not for the key");
  }

  @Test
  void anOrderToChangeTheKeyLeavesItAsItIs() throws Exception {
    AgentSite site = signing(uri(generate("EC:edwards25519")));
    try (Agent agent = open(site)) {
      assertThat(agent.askOnce()).isInstanceOf(Answer.Refused.class);
      owner.set(owner.device(site.mac()), "accepted");
      String id = owner.device(site.mac()).path("id").asText();
      platform
          .devices()
          .orderKeyRotations(
              OrderKeyRotationsRequest.newBuilder()
                  .addDeviceIds(id)
                  .setValidFor(com.google.protobuf.Duration.newBuilder().setSeconds(3600))
                  .setEndTokens(true)
                  .build());

      assertThat(agent.askOnce())
          .isInstanceOfSatisfying(
              Answer.Issued.class, issued -> assertThat(issued.isUnfinished()).isFalse());
      assertThat(
              platform
                  .devices()
                  .listKeyRotations(ListKeyRotationsRequest.newBuilder().addDeviceIds(id).build())
                  .getRotations(0)
                  .getState())
          .isEqualTo(KeyRotation.State.STATE_ORDERED);
    }
    assertThat(owner.device(site.mac()).path("auth_sets")).hasSize(1);
  }

  @Test
  void waitsForATokenThatIsAwayAndGoesOnWhenItIsBack() throws Exception {
    SoftHsm.Token other = hsm.token("comes-and-goes", PIN);
    other.generate("EC:edwards25519", "key", "01");
    AgentSite site = signing(other.uri("key", pin).strip());
    try (Agent agent =
        await()
            .atMost(PATIENCE)
            .ignoreExceptionsMatching(e -> String.valueOf(e.getMessage()).contains("not there"))
            .until(site::agent, _ -> true)) {
      assertThat(agent.askOnce()).isInstanceOf(Answer.Refused.class);
      owner.set(owner.device(site.mac()), "accepted");
      other.goAway();
      assertThatThrownBy(agent::askOnce)
          .isInstanceOf(AgentFailure.class)
          .hasMessageContaining("token comes-and-goes");
      agent.start();
      other.comeBack();
      await().atMost(PATIENCE).until(() -> poll(agent) == 200);
    }
  }

  /// A process of its own, as on a device: nothing that it says has the PIN in it, whichever way it
  /// got it, and no other process sees it.
  @Test
  void thePinIsToldToNobody() throws Exception {
    String key = generate("EC:prime256v1");
    String plain = uri(key).replaceFirst("[?&]pin-source=[^&]*", "");
    AgentSite bySource = signing(uri(key));
    AgentSite byValue = signing(plain + "&pin-value=" + PIN);
    AgentSite byFile = signing(plain);
    AgentSite wrong = signing(plain + "&pin-value=Wrong-" + PIN);
    AgentSite none = signing(plain);

    for (Command refused :
        List.of(
            bootstrap(bySource),
            bootstrap(byValue),
            bootstrap(byFile, "--passphrase-file", pin.toString()))) {
      assertThat(refused.out()).as(refused.err()).contains("may not come in yet");
      assertThat(refused.out() + refused.err()).doesNotContain(PIN);
    }
    Command unopened = bootstrap(none);
    assertThat(unopened.exit()).isEqualTo(1);
    assertThat(unopened.err()).contains("wants a PIN").contains("--passphrase-file");
    Command locked = bootstrap(wrong);
    assertThat(locked.exit()).isEqualTo(1);
    assertThat(locked.err()).contains("refused the PIN from pin-value").doesNotContain(PIN);
  }

  private static Command bootstrap(AgentSite site, String... more) {
    List<String> line =
        new ArrayList<>(
            List.of(
                Command.root().resolve("rekey").toString(),
                "agent",
                "bootstrap",
                "--config",
                site.conf().toString(),
                "--data",
                site.data().toString(),
                "--identity",
                site.identity().toString()));
    line.addAll(List.of(more));
    return Command.run(Map.copyOf(hsm.environment()), "", line);
  }
}
