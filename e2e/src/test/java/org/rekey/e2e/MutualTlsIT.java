package org.rekey.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.agent.Agent;
import org.rekey.agent.auth.Answer;
import org.rekey.e2e.DeviceStandIn.KeyType;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Platform;
import org.rekey.e2e.rest.Rest;
import org.rekey.runtime.client.ClientSecret;
import org.rekey.testkit.DeviceAuthority;
import org.rekey.testkit.DeviceAuthority.Order;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// Devices that come with certificates, as stand-ins and as the real `mender` 3.4 of Debian.
class MutualTlsIT {
  private static final String CALL = "/api/devices/v1/inventory/device/attributes";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static final String SECRET = ClientSecret.generate(new SecureRandom());
  private static final DeviceAuthority root = DeviceAuthority.root("CN=Devices");
  private static final DeviceUpstream upstream = new DeviceUpstream();
  private static Path authorities;
  private static Path blocked;
  private static Path revoked;
  private static Platform platform;
  private static Client plain;
  private static DeviceOwner owner;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void start() throws IOException {
    authorities = Files.createDirectory(directory.resolve("authorities"));
    blocked = Files.writeString(directory.resolve("blocked.txt"), "# lost devices\n");
    revoked = Files.createDirectory(directory.resolve("revoked"));
    trust("first", root);
    platform =
        Platform.builder(directory, POSTGRES)
            .upstream(upstream)
            .gatewaySetting("GATEWAY_MTLS_LISTEN", "127.0.0.1:0")
            .gatewaySetting("GATEWAY_MTLS_CA", authorities.toString())
            .gatewaySetting("GATEWAY_MTLS_BLOCKED_SERIALS", blocked.toString())
            .gatewaySetting("GATEWAY_MTLS_CRL", revoked.toString())
            .gatewaySetting("GATEWAY_MTLS_IDENTITY_RULE", "cn=mac")
            .gatewaySetting("GATEWAY_CLIENTS", clients().toString())
            .start();
    plain = new Client(platform, HttpClient.Version.HTTP_1_1);
    owner = DeviceOwner.of(platform, plain);
  }

  @AfterAll
  static void stop() {
    if (platform != null) {
      plain.close();
      platform.close();
    }
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  private static Path clients() throws IOException {
    return Files.writeString(
        directory.resolve("clients.yaml"),
        "clients:\n  - {id: auditor, secret_sha256: %s, may: [introspect-devices, revoke-devices]}\n"
            .formatted(ClientSecret.sha256(SECRET)));
  }

  /// The list goes first: whoever sees the authority without it lets nobody in.
  private static void trust(String name, DeviceAuthority authority) {
    revoke(name, authority);
    place(authorities.resolve(name + ".pem"), DeviceAuthority.pem(authority.certificate()));
  }

  private static void revoke(String name, DeviceAuthority authority, BigInteger... serials) {
    place(
        revoked.resolve(name + ".crl"),
        DeviceAuthority.pem(
            authority.revocationList(
                Instant.now().minusSeconds(60), Instant.now().plusSeconds(7200), serials)));
  }

  private static void place(Path file, String text) {
    try {
      Path next = Files.writeString(file.resolveSibling("." + file.getFileName()), text);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static X509Certificate issue(DeviceAuthority authority, DeviceStandIn device) {
    return authority.issue(new Order("CN=" + device.mac(), device.pair()));
  }

  private Client client(DeviceStandIn device, X509Certificate... chain) {
    return client(HttpClient.Version.HTTP_1_1, device, chain);
  }

  private Client client(
      HttpClient.Version version, DeviceStandIn device, X509Certificate... chain) {
    Client client =
        Client.showing(
            platform.deviceUrl(),
            platform.caCertificate(),
            version,
            device.pair().getPrivate(),
            chain);
    opened.add(client);
    return client;
  }

  private static String enrol(DeviceStandIn device, Client client) {
    HttpResponse<String> answer = client.send(device.request(client));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private static int call(Client client, String token) {
    return client.send(client.authorized(CALL, token)).statusCode();
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      names = {"RSA_2048", "P_256", "P_384", "P_521", "ED25519"})
  void comeInWithoutAnybodyAcceptingThem(KeyType type) throws Exception {
    for (HttpClient.Version version : HttpClient.Version.values()) {
      DeviceStandIn device = DeviceStandIn.fresh(type);
      X509Certificate certificate = issue(root, device);
      Client client = client(version, device, certificate);
      String token = enrol(device, client);

      assertThat(call(client, token)).isEqualTo(200);
      assertThat(owner.statusOf(device.mac())).isEqualTo("accepted");
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      String claims = new String(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), UTF_8);
      assertThat(JSON.readTree(claims).path("cnf").path("x5t#S256").asText())
          .isEqualTo(Base64.getUrlEncoder().withoutPadding().encodeToString(hash));
    }
  }

  @Test
  void tokensAreUselessToWhoeverHasStolenThem() {
    DeviceStandIn device = DeviceStandIn.fresh();
    Client client = client(device, issue(root, device));
    String token = enrol(device, client);
    DeviceStandIn thief = DeviceStandIn.fresh();
    Client thiefs = client(thief, issue(root, thief));
    String thiefsOwn = enrol(thief, thiefs);

    for (int i = 0; i < 2; i++) {
      assertThat(call(client, token)).isEqualTo(200);
      assertThat(call(plain, token)).as("without a certificate").isEqualTo(401);
      assertThat(call(thiefs, token)).as("with another").isEqualTo(401);
      assertThat(call(thiefs, thiefsOwn)).isEqualTo(200);
    }
  }

  @Test
  void aVerifierElsewhereIsToldWhichCertificateATokenNeeds() throws Exception {
    DeviceStandIn device = DeviceStandIn.fresh();
    X509Certificate certificate = issue(root, device);
    Client client = client(device, certificate);
    String token = enrol(device, client);

    JsonNode answer = JSON.readTree(asAuditor("introspect", token));
    assertThat(answer.path("active").asBoolean()).isTrue();
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
    assertThat(answer.path("cnf").path("x5t#S256").asText())
        .isEqualTo(Base64.getUrlEncoder().withoutPadding().encodeToString(hash));

    asAuditor("revoke", token);
    assertThat(asAuditor("introspect", token)).isEqualTo("{\"active\":false}");
    assertThat(call(client, token)).isEqualTo(401);
  }

  private static String asAuditor(String operation, String token) {
    HttpResponse<String> answer =
        plain.send(
            plain
                .request("/oauth2/" + operation)
                .header("Authorization", Rest.basic("auditor", SECRET))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("token=" + token)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  @Test
  void unboundTokensAreNotEnoughWhereCertificatesAreAskedFor() {
    DeviceStandIn device = DeviceStandIn.fresh();
    assertThat(plain.send(device.request(plain)).statusCode()).isEqualTo(401);
    owner.set(owner.device(device.mac()), "accepted");
    String unbound = plain.send(device.request(plain)).body();
    assertThat(call(plain, unbound)).isEqualTo(200);

    Client client = client(device, issue(root, device));
    assertThat(call(client, unbound)).isEqualTo(401);
    String bound = enrol(device, client);
    assertThat(call(client, bound)).isEqualTo(200);
    assertThat(call(plain, unbound)).as("it has shown a certificate since").isEqualTo(401);
    HttpResponse<String> without = plain.send(device.request(plain));
    assertThat(without.statusCode()).isEqualTo(401);
    assertThat(without.body()).contains("this key needs its client certificate");
  }

  @Test
  void aRenewedCertificateOfTheSameKeyNeedsANewToken() {
    DeviceStandIn device = DeviceStandIn.fresh();
    Client old = client(device, issue(root, device));
    String token = enrol(device, old);
    Client renewed = client(device, issue(root, device));
    assertThat(call(renewed, token)).isEqualTo(401);
    String next = enrol(device, renewed);
    assertThat(call(renewed, next)).isEqualTo(200);
    assertThat(call(old, token)).as("for as long as both are good").isEqualTo(200);
    assertThat(owner.device(device.mac()).path("auth_sets")).hasSize(1);
  }

  @Test
  void aNewKeyWithANewCertificateTakesThePlaceOfTheOldOne() {
    DeviceStandIn device = DeviceStandIn.fresh();
    Client old = client(device, issue(root, device));
    String token = enrol(device, old);
    DeviceStandIn renewed = device.withNewKey();
    Client client = client(renewed, issue(root, renewed));
    assertThat(call(client, enrol(renewed, client))).isEqualTo(200);
    assertThat(call(old, token)).isEqualTo(401);
    assertThat(old.send(device.request(old)).statusCode()).isEqualTo(401);
    assertThat(owner.device(device.mac()).path("auth_sets")).hasSize(2);
  }

  @Test
  void rejectedDevicesStayOutside() {
    DeviceStandIn device = DeviceStandIn.fresh();
    Client client = client(device, issue(root, device));
    String token = enrol(device, client);
    owner.set(owner.device(device.mac()), "rejected");
    await().atMost(PATIENCE).until(() -> call(client, token) == 401);
    assertThat(client.send(device.request(client)).statusCode()).isEqualTo(401);
    assertThat(owner.statusOf(device.mac())).isEqualTo("rejected");
  }

  @Test
  void nobodyComesInAsAnotherDeviceOrWithTheKeyOfAnother() {
    DeviceStandIn device = DeviceStandIn.fresh();
    Client client = client(device, issue(root, device));
    DeviceStandIn victim = DeviceStandIn.fresh().withIdentity(DeviceStandIn.fresh().identity());
    DeviceStandIn pretending = device.withIdentity(victim.identity());
    HttpResponse<String> asAnother = client.send(pretending.request(client));
    assertThat(asAnother.statusCode()).isEqualTo(401);
    assertThat(asAnother.body()).contains("the client certificate is not for this device");
    assertThat(owner.statusOf(victim.mac())).isEmpty();

    DeviceStandIn other = device.withNewKey();
    assertThat(client.send(other.request(client)).statusCode()).isEqualTo(401);
    assertThat(owner.statusOf(device.mac())).isEmpty();
  }

  @Test
  void withoutACertificateNobodyComesFarAndUsersHaveNothingToDoHere() {
    try (Client without =
        new Client(platform.deviceUrl(), platform.caCertificate(), HttpClient.Version.HTTP_1_1)) {
      DeviceStandIn device = DeviceStandIn.fresh();
      assertThatThrownBy(() -> without.send(device.request(without)))
          .isInstanceOf(UncheckedIOException.class);
      assertThat(owner.statusOf(device.mac())).isEmpty();
    }
    DeviceStandIn device = DeviceStandIn.fresh();
    Client client = client(device, issue(root, device));
    assertThat(client.tryLogin("owner@example.com", "correct horse").statusCode()).isEqualTo(404);
    assertThat(client.send(client.request("/openapi.json")).statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDeviceThatIsBlockedOrRevokedIsPutOutOfItsOwnConnection(boolean isBlocked) throws Exception {
    DeviceStandIn device = DeviceStandIn.fresh();
    X509Certificate certificate = issue(root, device);
    Client client = client(device, certificate);
    String token = enrol(device, client);
    assertThat(call(client, token)).isEqualTo(200);

    if (isBlocked) {
      place(
          blocked,
          "0x" + certificate.getSerialNumber().toString(16).toUpperCase(Locale.ROOT) + "\n");
    } else {
      revoke("first", root, certificate.getSerialNumber());
    }
    int[] last = new int[1];
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              last[0] = call(client, token);
              return last[0] != 200;
            });
    assertThat(last[0]).as("the next request on the kept connection").isEqualTo(403);
    Client again = client(device, certificate);
    assertThatThrownBy(() -> call(again, token))
        .isInstanceOf(UncheckedIOException.class)
        .hasRootCauseInstanceOf(IOException.class);
    assertThat(plain.send(device.request(plain)).statusCode()).as("without it").isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void resumingASessionDoesNotPassTheChecksBy(String version) throws Exception {
    DeviceStandIn device = DeviceStandIn.fresh();
    X509Certificate certificate = issue(root, device);
    Client client = client(device, certificate);
    long begun;
    try (SSLSocket socket = connect(client, version)) {
      assertThat(ask(socket)).contains(" 401 ");
      begun = socket.getSession().getCreationTime();
    }
    try (SSLSocket socket = connect(client, version)) {
      assertThat(ask(socket)).contains(" 401 ");
      assertThat(socket.getSession().getCreationTime()).as("it is resumed").isEqualTo(begun);
    }
    place(blocked, certificate.getSerialNumber().toString(16) + "\n");
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              try (SSLSocket socket = connect(client, version)) {
                return ask(socket).contains(" 403 ");
              } catch (SSLException e) {
                return true;
              }
            });
  }

  private static SSLSocket connect(Client client, String version) throws IOException {
    URI url = URI.create(platform.deviceUrl());
    SSLSocket socket =
        (SSLSocket) client.context().getSocketFactory().createSocket(url.getHost(), url.getPort());
    socket.setSoTimeout(10_000);
    socket.setEnabledProtocols(new String[] {version});
    return socket;
  }

  /// The first line of the answer to a call without a token.
  private static String ask(SSLSocket socket) throws IOException {
    socket
        .getOutputStream()
        .write(("GET " + CALL + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(US_ASCII));
    byte[] head = socket.getInputStream().readNBytes(64);
    return new String(head, US_ASCII).lines().findFirst().orElse("");
  }

  @Test
  void authoritiesRollOverWithoutARestart() throws Exception {
    DeviceAuthority old = DeviceAuthority.root("CN=Old");
    DeviceAuthority next = DeviceAuthority.root("CN=Next");
    trust("old", old);
    DeviceStandIn device = DeviceStandIn.fresh();
    Client olds = awaitEntry(device, issue(old, device));
    String token = enrol(device, olds);

    trust("next", next);
    Client nexts = awaitEntry(device, issue(next, device));
    assertThat(call(nexts, enrol(device, nexts))).isEqualTo(200);
    assertThat(call(olds, token)).as("both are good").isEqualTo(200);

    Files.delete(authorities.resolve("old.pem"));
    Files.delete(revoked.resolve("old.crl"));
    await().atMost(PATIENCE).until(() -> call(olds, token) == 403);
    assertThat(call(nexts, enrol(device, nexts))).isEqualTo(200);
  }

  /// A client that the gateway lets in, once it has read the files.
  private Client awaitEntry(DeviceStandIn device, X509Certificate certificate) {
    Client[] in = new Client[1];
    await()
        .atMost(PATIENCE)
        .ignoreException(UncheckedIOException.class)
        .until(
            () -> {
              in[0] = client(device, certificate);
              return in[0].send(in[0].request(CALL)).statusCode() == 401;
            });
    return in[0];
  }

  static Stream<Arguments> keys() {
    return Stream.of(
        Arguments.of("RSA 2048", KeyFiles.rsa(2048)),
        Arguments.of("P-256", KeyFiles.ec("secp256r1")),
        Arguments.of("Ed25519", KeyFiles.ed25519()));
  }

  private DeviceMender mender(KeyPair keys, DeviceAuthority authority) {
    Assumptions.assumeTrue(
        DeviceMender.isUsable(),
        "mender (Debian package mender-client) is not installed, or there is no right to mount:"
            + " what the real device does is not tested");
    String mac =
        "52:54:01:%06x"
            .formatted(ThreadLocalRandom.current().nextInt(1 << 24))
            .replaceAll("(..)(..)(..)$", "$1:$2:$3");
    DeviceMender mender =
        new DeviceMender(
            directory.resolve(mac.replace(":", "")),
            platform,
            mac,
            KeyFiles.pkcs8(keys),
            DeviceAuthority.pem(authority.issue(new Order("CN=" + mac, keys))));
    opened.add(mender);
    return mender;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("keys")
  void theRealClientComesInAtItsFirstTry(String name, KeyPair keys) {
    DeviceMender mender = mender(keys, root);
    Command command = mender.bootstrap();
    assertThat(command.exit()).as(command.err()).isZero();
    assertThat(owner.statusOf(mender.mac())).isEqualTo("accepted");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("keys")
  void theAgentComesInAtItsFirstTryAndItsProgramsCallThroughIt(String name, KeyPair keys)
      throws Exception {
    String mac = UUID.randomUUID().toString();
    Path home = Files.createDirectory(directory.resolve(mac));
    Path key = KeyFiles.write(home.resolve("key.pem"), KeyFiles.pkcs8(keys));
    Path certificate =
        Files.writeString(
            home.resolve("certificate.pem"),
            DeviceAuthority.pem(root.issue(new Order("CN=" + mac, keys))));
    String members =
        ", \"HttpsClient\": {\"Certificate\": \"%s\", \"Key\": \"%s\"}".formatted(certificate, key);
    AgentSite site =
        AgentSite.in(home, platform.deviceUrl(), platform.caCertificate(), mac, members);
    try (Agent agent = site.agent();
        HttpClient program = HttpClient.newHttpClient()) {
      assertThat(agent.askOnce()).isInstanceOf(Answer.Issued.class);
      agent.start();
      HttpResponse<String> answer =
          program.send(
              HttpRequest.newBuilder(URI.create(agent.proxyUrl() + CALL)).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
    assertThat(owner.statusOf(mac)).isEqualTo("accepted");
    KeyFiles.write(key, KeyFiles.pkcs8(KeyFiles.ed25519()));
    assertThatThrownBy(site::agent).hasMessageContaining("not for the key");
  }

  @Test
  void theRealDaemonGetsInWhenItsAuthorityIsAddedWhileItRuns() {
    DeviceAuthority second = DeviceAuthority.root("CN=Second");
    DeviceMender mender = mender(KeyFiles.ec("secp256r1"), second);
    mender.startDaemon();
    await().atMost(PATIENCE).until(() -> mender.log().contains("level=error"));
    assertThat(owner.statusOf(mender.mac())).isEmpty();

    trust("second", second);
    await()
        .atMost(PATIENCE)
        .failFast("the daemon has ended", () -> !mender.isRunning())
        .until(() -> owner.statusOf(mender.mac()).equals("accepted"));
    String id = owner.device(mender.mac()).path("id").asText();
    await().atMost(PATIENCE).until(() -> upstream.polls(id) >= 3);
    assertThat(mender.isRunning()).as("the same process").isTrue();
  }
}
