package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rekey.agent.Agent;
import org.rekey.agent.AgentFailure;
import org.rekey.agent.auth.Answer;
import org.rekey.agent.key.KeyType;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Platform;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// The device agent with the real gateway and services, and with the real programs of a device
/// that get their tokens from it.
class DeviceAgentIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String ATTRIBUTES = "/api/devices/v1/inventory/device/attributes";

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static final ConnectUpstream upstream = new ConnectUpstream();
  private static final HttpClient programs = HttpClient.newHttpClient();
  private static Platform platform;
  private static Client client;
  private static DeviceOwner owner;

  @BeforeAll
  static void start() {
    platform =
        Platform.builder(directory, POSTGRES)
            .gatewaySetting(
                "GATEWAY_ROUTES", upstream.routes(directory.resolve("own.yaml")).toString())
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
    upstream.close();
  }

  private static AgentSite device() {
    String mac = UUID.randomUUID().toString();
    return AgentSite.in(
        directory.resolve(mac), platform.gatewayUrl(), platform.caCertificate(), mac);
  }

  /// Has been accepted before its agent starts.
  private static AgentSite member() {
    AgentSite site = device();
    try (Agent agent = site.agent()) {
      assertThat(agent.askOnce()).isInstanceOf(Answer.Refused.class);
    }
    owner.set(owner.device(site.mac()), "accepted");
    return site;
  }

  private static HttpResponse<String> get(Agent agent, String path) {
    return call(HttpRequest.newBuilder(URI.create(agent.proxyUrl() + path)));
  }

  private static HttpResponse<String> call(HttpRequest.Builder request) {
    try {
      return programs.send(
          request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource
  void makesItsKeyOnceAndComesInWhenItsOwnerSaysSo(KeyType type) throws IOException {
    AgentSite site = device();
    try (Agent agent = site.agent(type, Optional.empty())) {
      assertThat(agent.askOnce())
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              refused -> assertThat(refused.why()).contains("dev auth: unauthorized"));
    }
    String key = Files.readString(site.key());
    JsonNode device = owner.device(site.mac());
    assertThat(device.path("status").asText()).isEqualTo("pending");
    owner.set(device, "accepted");
    try (Agent agent = site.agent(KeyType.ED25519, Optional.empty())) {
      assertThat(agent.askOnce()).isInstanceOf(Answer.Issued.class);
    }
    assertThat(Files.readString(site.key())).isEqualTo(key);
    assertThat(owner.device(site.mac()).path("auth_sets")).hasSize(1);
  }

  @Test
  void aKeyThatCannotBeReadIsAnErrorAndNotReplaced() throws IOException {
    AgentSite site = device();
    Files.writeString(site.key(), "half a key");
    try (Agent agent = site.agent()) {
      assertThatThrownBy(agent::askOnce)
          .isInstanceOf(AgentFailure.class)
          .hasMessageContaining("mender-agent.pem");
    }
    assertThat(Files.readString(site.key())).isEqualTo("half a key");
    assertThat(owner.device(site.mac()).isMissingNode()).isTrue();
  }

  @Test
  void onlyOneAgentWorksOnADirectory() {
    AgentSite site = device();
    try (Agent _ = site.agent()) {
      assertThatThrownBy(site::agent).hasMessageContaining("another agent works there");
    }
    site.agent().close();
  }

  @Test
  void programsThatKnowNothingOfTokensGetThroughAlsoWhenTheTokenHasEnded() {
    AgentSite site = member();
    String id = owner.device(site.mac()).path("id").asText();
    try (Agent agent = site.agent()) {
      agent.start();
      assertThat(get(agent, ATTRIBUTES).statusCode()).isEqualTo(200);
      HttpResponse<String> sent =
          call(
              HttpRequest.newBuilder(URI.create(agent.proxyUrl() + ATTRIBUTES))
                  .PUT(BodyPublishers.ofString("x".repeat(100_000))));
      assertThat(sent.body()).isEqualTo("{\"length\":100000}");

      String before = upstream.of(id).getLast().jti();
      owner.revoke(before);
      HttpResponse<String> again =
          call(
              HttpRequest.newBuilder(URI.create(agent.proxyUrl() + ATTRIBUTES))
                  .header("Authorization", "Bearer nonsense of the program's own")
                  .PUT(BodyPublishers.ofString("y".repeat(1000))));
      assertThat(again.statusCode()).isEqualTo(200);
      assertThat(again.body()).as("the whole body, twice").isEqualTo("{\"length\":1000}");
      assertThat(upstream.of(id).getLast().jti()).isNotEqualTo(before);
    }
  }

  @Test
  void theProxyGivesTheTokenToNothingElse() {
    AgentSite site = member();
    try (Agent agent = site.agent()) {
      agent.start();
      assertThat(get(agent, ATTRIBUTES).statusCode()).isEqualTo(200);
      assertThat(get(agent, "/api/management/v2/devauth/devices").statusCode()).isEqualTo(403);
      assertThat(get(agent, DeviceStandIn.AUTH_REQUESTS).statusCode()).isEqualTo(403);
      Command rebound =
          Command.run(
              Map.of(),
              "",
              List.of("curl", "-s", "-H", "Host: evil.example", agent.proxyUrl() + ATTRIBUTES));
      assertThat(rebound.out()).contains("only the device API");
    }
  }

  @Test
  void aRejectedDeviceIsToldSoAndComesBackByItself() {
    AgentSite site = member();
    try (Agent agent = site.agent()) {
      agent.start();
      assertThat(get(agent, ATTRIBUTES).statusCode()).isEqualTo(200);
      owner.set(owner.device(site.mac()), "rejected");
      assertThat(get(agent, ATTRIBUTES).statusCode()).isEqualTo(401);
      owner.set(owner.device(site.mac()), "accepted");
      await().atMost(PATIENCE).until(() -> get(agent, ATTRIBUTES).statusCode() == 200);
    }
  }

  @Test
  void serversAreAskedInTurnAndTheOneThatSaysYesIsUsed() {
    String mac = UUID.randomUUID().toString();
    AgentSite site =
        AgentSite.in(directory.resolve(mac), platform.gatewayUrl(), platform.caCertificate(), mac);
    try (Agent agent = site.agent()) {
      assertThat(agent.askOnce()).isInstanceOf(Answer.Refused.class);
    }
    owner.set(owner.device(mac), "accepted");
    String servers =
        """
        {"Servers": [{"ServerURL": "https://localhost:%d"}, {"ServerURL": "%s"}],
         "ServerCertificate": "%s", "RetryPollIntervalSeconds": 1}
        """
            .formatted(Platform.freePort(), platform.gatewayUrl(), platform.caCertificate());
    try {
      Files.writeString(site.conf(), servers);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    try (Agent agent = site.agent()) {
      assertThat(agent.askOnce())
          .isInstanceOfSatisfying(
              Answer.Issued.class,
              issued -> assertThat(issued.token().server()).isEqualTo(platform.gatewayUrl()));
    }
  }

  @Test
  void aCertificateThatIsPutIntoTheFileCountsAtOnce() throws IOException {
    String mac = UUID.randomUUID().toString();
    Path trusted = Files.createDirectories(directory.resolve(mac)).resolve("server.crt");
    Files.writeString(trusted, "");
    AgentSite site = AgentSite.in(directory.resolve(mac), platform.gatewayUrl(), trusted, mac);
    try (Agent agent = site.agent()) {
      assertThat(agent.askOnce())
          .isInstanceOfSatisfying(
              Answer.Unreachable.class,
              none -> assertThat(none.why()).containsIgnoringCase("certification path"));
      Files.copy(platform.caCertificate(), trusted, StandardCopyOption.REPLACE_EXISTING);
      assertThat(agent.askOnce()).as("the same process").isInstanceOf(Answer.Refused.class);
    }
  }

  @Test
  void theRealMenderAndTheAgentTakeTurnsOnOneKeyFile() throws IOException {
    Assumptions.assumeTrue(
        DeviceMender.isUsable(),
        "mender (Debian package mender-client) is not installed, or there is no right to mount:"
            + " whether both understand one key file is not tested");
    String mac = UUID.randomUUID().toString();
    Path home = directory.resolve(mac);
    AgentSite site = AgentSite.in(home, platform.gatewayUrl(), platform.caCertificate(), mac);
    try (DeviceMender mender = new DeviceMender(home, platform, mac, "")) {
      assertThat(mender.bootstrap().err()).contains("dev auth: unauthorized");
      String key = Files.readString(site.key());
      assertThat(key).contains("RSA PRIVATE KEY");
      owner.set(owner.device(mac), "accepted");
      try (Agent agent = site.agent()) {
        assertThat(agent.askOnce()).isInstanceOf(Answer.Issued.class);
      }
      assertThat(mender.bootstrap().exit()).isZero();
      assertThat(Files.readString(site.key())).as("nobody has made another").isEqualTo(key);
      assertThat(owner.device(mac).path("auth_sets")).hasSize(1);
    }
    for (KeyType type : KeyType.values()) {
      String other = UUID.randomUUID().toString();
      AgentSite second =
          AgentSite.in(
              directory.resolve(other), platform.gatewayUrl(), platform.caCertificate(), other);
      try (Agent agent = second.agent(type, Optional.empty())) {
        assertThat(agent.askOnce()).isInstanceOf(Answer.Refused.class);
      }
      owner.set(owner.device(other), "accepted");
      try (DeviceMender mender = new DeviceMender(second.directory(), platform, other, "")) {
        Command accepted = mender.bootstrap();
        assertThat(accepted.exit()).as(type + " " + accepted.err()).isZero();
      }
      assertThat(owner.device(other).path("auth_sets")).as("the agent's key").hasSize(1);
    }
  }

  @Test
  void theRealMenderConnectGetsItsTokenFromTheAgentAndOpensItsWebSocket() throws IOException {
    Assumptions.assumeTrue(
        PrivateBus.isUsable() && Command.isInstalled("mender-connect"),
        "mender-connect or dbus-daemon (Debian packages mender-connect, dbus) is not installed:"
            + " whether other programs get the agent's token is not tested");
    AgentSite site = member();
    String id = owner.device(site.mac()).path("id").asText();
    try (PrivateBus bus = new PrivateBus(site.directory());
        Agent agent = site.agent(KeyType.ED25519, Optional.of(bus.address()))) {
      agent.start();
      Process connect = startMenderConnect(site, bus);
      try {
        await()
            .atMost(PATIENCE)
            .failFast("mender-connect has ended", () -> !connect.isAlive())
            .until(() -> !upstream.terminals(id).isEmpty());
        int before = upstream.terminals(id).size();
        String first = upstream.terminals(id).getLast().jti();

        var _ = getJwtToken(bus);
        Command fetched = send(bus, "FetchJwtToken");
        assertThat(fetched.out()).contains("boolean true");
        await()
            .atMost(PATIENCE)
            .failFast("mender-connect has ended", () -> !connect.isAlive())
            .until(() -> upstream.terminals(id).size() > before);
        assertThat(upstream.terminals(id).getLast().jti())
            .as("the new token, by the signal")
            .isNotEqualTo(first);

        bus.restart();
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> assertThat(getJwtToken(bus)).contains(agent.proxyUrl()));
      } finally {
        connect.destroy();
        if (!waitFor(connect)) {
          connect.destroyForcibly();
        }
      }
    }
  }

  private static String getJwtToken(PrivateBus bus) {
    return send(bus, "GetJwtToken").out();
  }

  private static Command send(PrivateBus bus, String method) {
    return Command.run(
        Map.of("DBUS_SYSTEM_BUS_ADDRESS", bus.address()),
        "",
        List.of(
            "dbus-send",
            "--system",
            "--print-reply",
            "--dest=io.mender.AuthenticationManager",
            "/io/mender/AuthenticationManager",
            "io.mender.Authentication1." + method));
  }

  private static Process startMenderConnect(AgentSite site, PrivateBus bus) throws IOException {
    Path conf =
        Files.writeString(
            site.directory().resolve("mender-connect.conf"),
            "{\"ShellCommand\": \"/bin/sh\", \"User\": \"nobody\", \"ReconnectIntervalSeconds\":"
                + " 1}");
    ProcessBuilder builder =
        new ProcessBuilder(
                "mender-connect",
                "--config",
                conf.toString(),
                "--fallback-config",
                site.directory().resolve("none.conf").toString(),
                "--debug",
                "daemon")
            .redirectErrorStream(true)
            .redirectOutput(site.directory().resolve("mender-connect.log").toFile());
    builder.environment().put("DBUS_SYSTEM_BUS_ADDRESS", bus.address());
    return builder.start();
  }

  private static boolean waitFor(Process process) {
    try {
      return process.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// A process of its own with the log that a device has: a token comes, is refused, comes anew,
  /// and in the end the device is rejected.
  @Test
  void theLogHoldsNoTokenAndNoKey() throws IOException {
    AgentSite site = member();
    String id = owner.device(site.mac()).path("id").asText();
    Path log = site.directory().resolve("agent.log");
    Process agent =
        Command.startRekey(
            log,
            "agent",
            "--config",
            withoutBus(site).toString(),
            "--data",
            site.data().toString(),
            "--identity",
            site.identity().toString());
    try {
      Pattern proxy = Pattern.compile("http://127\\.0\\.0\\.1:[0-9]+");
      await().atMost(PATIENCE).until(() -> proxy.matcher(Files.readString(log)).find());
      Matcher told = proxy.matcher(Files.readString(log));
      assertThat(told.find()).isTrue();
      HttpRequest.Builder poll = HttpRequest.newBuilder(URI.create(told.group() + ATTRIBUTES));
      await().atMost(PATIENCE).until(() -> call(poll).statusCode() == 200);
      owner.revoke(upstream.of(id).getLast().jti());
      assertThat(call(poll).statusCode()).isEqualTo(200);
      owner.set(owner.device(site.mac()), "rejected");
      assertThat(call(poll).statusCode()).isEqualTo(401);
      await()
          .atMost(PATIENCE)
          .until(() -> Files.readString(log).contains("the device may not come in yet"));
    } finally {
      agent.destroy();
      assertThat(waitFor(agent)).isTrue();
    }
    String text = Files.readString(log);
    assertThat(text).contains("the device has a new token").doesNotContain("eyJ");
    Files.readAllLines(site.key()).stream()
        .filter(line -> !line.startsWith("-----"))
        .forEach(line -> assertThat(text).doesNotContain(line));
  }

  private static Path withoutBus(AgentSite site) throws IOException {
    return Files.writeString(
        site.conf(),
        """
        {"ServerURL": "%s", "ServerCertificate": "%s", "RetryPollIntervalSeconds": 1,
         "DBus": {"Enabled": false}}
        """
            .formatted(platform.gatewayUrl(), platform.caCertificate()));
  }

  @Test
  void theCommandAsksOnceAndPrintsWhatCameOfIt() throws IOException {
    AgentSite site = device();
    String[] where = {
      "--config", site.conf().toString(),
      "--data", site.data().toString(),
      "--identity", site.identity().toString()
    };
    Command key = rekey(where, "agent", "public-key", "--key-type", "p256");
    assertThat(key.out()).as(key.err()).startsWith("-----BEGIN PUBLIC KEY-----");
    Command refused = rekey(where, "agent", "bootstrap", "--json");
    assertThat(refused.exit()).as(refused.err()).isEqualTo(1);
    assertThat(refused.out()).contains("\"outcome\" : \"refused\"");
    JsonNode device = owner.device(site.mac());
    assertThat(device.path("auth_sets").path(0).path("pubkey").asText()).isEqualTo(key.out());
    owner.set(device, "accepted");
    Command accepted = rekey(where, "agent", "bootstrap");
    assertThat(accepted.exit()).as(accepted.err()).isZero();
    assertThat(accepted.out() + accepted.err()).as("no token").doesNotContain("eyJ");
    KeyFiles.write(site.key(), "damaged");
    Command damaged = rekey(where, "agent", "bootstrap");
    assertThat(damaged.exit()).isEqualTo(1);
    assertThat(damaged.err()).contains("mender-agent.pem").contains("not replaced");
  }

  private static Command rekey(String[] where, String... arguments) {
    List<String> line = new java.util.ArrayList<>(List.of(arguments));
    line.addAll(List.of(where));
    return Command.rekey(directory, "", line.toArray(String[]::new));
  }
}
