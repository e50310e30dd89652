package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.rekey.e2e.VerdictStage.DEVICE_PATH;
import static org.rekey.e2e.VerdictStage.USER_PATH;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.ForeignProxy;
import org.rekey.e2e.platform.ForeignProxy.Kind;
import org.rekey.e2e.platform.Platform;
import org.rekey.gateway.GatewayServer;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// The real nginx, Caddy and HAProxy in front of a backend, each with its example from
/// `deploy/examples`, and the gateway that only says its verdict.
class OtherProxiesIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static final Map<Kind, ForeignProxy> proxies = new EnumMap<>(Kind.class);
  private static VerdictStage stage;
  private static Platform platform;
  private static GatewayServer gateway;
  private static Client direct;
  private static String user;
  private static DeviceMember device;
  private static String deviceToken;

  @BeforeAll
  static void start() {
    stage = VerdictStage.start(directory, POSTGRES);
    platform = stage.platform();
    gateway = stage.gateway("MUTUAL_TLS");
    direct = stage.client();
    user = stage.user();
    device = stage.device();
    deviceToken = stage.deviceToken();
    for (Kind kind : Kind.values()) {
      if (Command.isInstalled(kind.program())) {
        proxies.put(kind, start(kind, gateway.verifyPort().orElseThrow()));
      }
    }
  }

  @AfterAll
  static void stop() {
    proxies.values().forEach(ForeignProxy::close);
    gateway.close();
    stage.close();
  }

  private static ForeignProxy start(Kind kind, int verdicts) {
    return ForeignProxy.start(
        kind, directory, verdicts, platform.upstreamPort(), platform.certificate("proxy"));
  }

  private static ForeignProxy proxy(Kind kind) {
    ForeignProxy proxy = proxies.get(kind);
    assumeTrue(
        proxy != null,
        () -> "left out: %1$s is not installed (apt-get install %1$s)".formatted(kind.program()));
    return proxy;
  }

  private static HttpResponse<String> send(Kind kind, HttpRequest.Builder request) {
    return direct.send(request.uri(uri(kind, request.build())).timeout(PATIENCE));
  }

  private static URI uri(Kind kind, HttpRequest request) {
    String target = request.uri().toString().replaceFirst("^https?://[^/]*", "");
    return URI.create(proxy(kind).url() + target);
  }

  private static HttpResponse<String> get(Kind kind, String path, String token) {
    return send(kind, direct.authorized(path, token));
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  private static void assertRefused(HttpResponse<String> response, int status, String error)
      throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().allValues("Content-Type"))
        .containsExactly("application/json; charset=utf-8");
    assertThat(json(response).path("error").asText()).isEqualTo(error);
    assertThat(json(response).path("request_id").asText()).isNotEmpty();
    assertThat(response.headers().allValues("WWW-Authenticate"))
        .hasSize(status == 401 ? 1 : 0)
        .allMatch("Bearer realm=\"ManagementJWT\""::equals);
    assertThat(response.headers().allValues("X-MEN-RequestID"))
        .containsExactly(json(response).path("request_id").asText());
  }

  @ParameterizedTest
  @EnumSource
  void theBackendIsToldWhoseTokenItWas(Kind kind) throws IOException {
    HttpResponse<String> response =
        send(kind, direct.authorized(USER_PATH, user).header("X-MEN-RequestID", "mine-1"));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode claims = Tokens.claims(user);
    assertThat(json(response).path("target").asText()).isEqualTo(USER_PATH);
    JsonNode headers = json(response).path("headers");
    assertThat(headers.path("X-rekey-subject")).isEqualTo(claims.path("sub"));
    assertThat(headers.path("X-rekey-kind").asText()).isEqualTo("user");
    assertThat(headers.path("X-rekey-token-id")).isEqualTo(claims.path("jti"));
    assertThat(headers.path("X-rekey-kid").asText()).isEqualTo("0");
    assertThat(headers.path("X-rekey-expires").asText()).isEqualTo(claims.path("exp").asText());
    assertThat(headers.path("X-men-requestid").asText()).isEqualTo("mine-1");
    assertThat(headers.path("Authorization").asText()).isEqualTo("Bearer " + user);

    JsonNode ofDevice = json(get(kind, DEVICE_PATH, deviceToken)).path("headers");
    assertThat(ofDevice.path("X-rekey-subject").asText()).isEqualTo(device.id());
    assertThat(ofDevice.path("X-rekey-kind").asText()).isEqualTo("device");

    HttpResponse<String> byCookie =
        send(kind, direct.request(USER_PATH).header("Cookie", "a=b; JWT=" + user));
    assertThat(json(byCookie).path("headers").path("X-rekey-subject"))
        .isEqualTo(claims.path("sub"));
  }

  @ParameterizedTest
  @EnumSource
  void nobodySaysHimselfWhoHeIs(Kind kind) throws IOException {
    HttpResponse<String> response =
        send(
            kind,
            direct
                .authorized(USER_PATH, user)
                .header("X-Rekey-Subject", "somebody-else")
                .header("X-Rekey-Subject", "and-another")
                .header("X-Rekey-Kind", "device")
                .header("x_rekey_subject", "somebody-else")
                .header("X-Rekey_Kind", "device")
                .header("X-MEN-RBAC-Inventory-Groups", "all")
                .header("X-MEN_RBAC-Inventory-Groups", "all")
                .header("X-MEN-RBAC_Inventory-Groups", "all")
                .header("x_men_rbac_inventory_groups", "all"));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode headers = json(response).path("headers");
    assertThat(headers.path("X-rekey-subject")).isEqualTo(Tokens.claims(user).path("sub"));
    assertThat(headers.path("X-rekey-kind").asText()).isEqualTo("user");
    assertThat(response.body()).doesNotContain("somebody-else", "and-another");
    assertThat(headers.has("X-men-rbac-inventory-groups")).isFalse();
    headers
        .fieldNames()
        .forEachRemaining(name -> assertThat(name.substring(1)).doesNotContain("_"));
  }

  /// What `Connection` names is for this hop only, and a proxy may take it away before the backend.
  @ParameterizedTest
  @EnumSource
  void nobodyHasRemovedWhatTheVerdictSays(Kind kind) throws IOException {
    for (String connection :
        new String[] {
          "X-Rekey-Subject", "close, x-rekey-subject", "keep-alive\r\nConnection: X-REKEY-SUBJECT"
        }) {
      String answer = answer(kind, "Connection: " + connection);
      if (kind == Kind.CADDY) {
        assertThat(answer).as(connection).startsWith("HTTP/1.1 400");
      } else {
        assertThat(answer)
            .as(connection)
            .startsWith("HTTP/1.1 200")
            .contains(Tokens.claims(user).path("sub").asText());
      }
    }
    assertThat(answer(kind, "Connection: close")).startsWith("HTTP/1.1 200");
    assertThat(answer(kind, "Connection: keep-alive")).startsWith("HTTP/1.1 200");
  }

  /// The head and the body of the answer to a user's request with a header that this client would
  /// not send.
  private static String answer(Kind kind, String header) throws IOException {
    ForeignProxy proxy = proxy(kind);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
      socket.setSoTimeout(30_000);
      String request =
          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n"
              .formatted(USER_PATH, proxy.port(), user, header);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return answer(new BufferedInputStream(socket.getInputStream()));
    }
  }

  /// With a device's token towards the users' part: whatever the client says that it asked for.
  @ParameterizedTest
  @EnumSource
  void nobodySaysHimselfWhatHeAskedFor(Kind kind) {
    for (String name : new String[] {"X-Original-URI", "X-Forwarded-Uri"}) {
      HttpResponse<String> response =
          send(kind, direct.authorized(USER_PATH, deviceToken).header(name, DEVICE_PATH));
      assertThat(response.statusCode()).as(name).isIn(401, 403);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalReachesTheClientInMendersWords(Kind kind) throws IOException {
    assertRefused(
        send(kind, direct.request(USER_PATH)), 401, "Authorization not present in header");
    assertRefused(
        send(kind, direct.request(USER_PATH).header("Authorization", "Basic YTpi")),
        401,
        "unknown Authorization method");
    assertRefused(get(kind, USER_PATH, Tokens.withBrokenSignature(user)), 401, "invalid jwt");
    assertRefused(get(kind, USER_PATH, deviceToken), 401, "invalid jwt");
    assertRefused(get(kind, USER_PATH, expired()), 401, "invalid jwt");
    assertRefused(
        get(kind, USER_PATH, signed("\"scp\":\"mender.*\"", "\"scp\":\"mender.inventory\"")),
        403,
        "insufficient scope");
    assertRefused(
        get(kind, "/api/management/v1/%2e%2e/x", user),
        403,
        "the path can be read in more than one way");
    assertRefused(
        get(kind, "/elsewhere", user), 403, "the path is neither for users nor for devices");

    HttpResponse<String> ofDevice = get(kind, DEVICE_PATH, user);
    assertThat(ofDevice.statusCode()).isEqualTo(401);
    assertThat(ofDevice.body()).isEmpty();
    assertThat(ofDevice.headers().firstValue("X-MEN-RequestID")).isPresent();
  }

  private static String expired() {
    Instant then = Instant.now().minusSeconds(3600);
    return Tokens.signed(
        platform.keyDirectory("useradm").resolve("private.pem"),
        Tokens.userClaims("j", "s", then, then.plusSeconds(60)),
        0L,
        false);
  }

  private static String signed(String claim, String other) {
    return Tokens.signed(
        platform.keyDirectory("useradm").resolve("private.pem"),
        Tokens.userClaims("j", "s", Instant.now()).replace(claim, other),
        0L,
        false);
  }

  @ParameterizedTest
  @EnumSource
  void aBodyGoesToTheBackendAndNotToTheVerdict(Kind kind) throws IOException {
    byte[] body = new byte[300_000];
    HttpResponse<String> sent =
        send(kind, direct.authorized(USER_PATH, user).POST(BodyPublishers.ofByteArray(body)));
    assertThat(sent.statusCode()).as(sent.body()).isEqualTo(200);
    assertThat(json(sent).path("method").asText()).isEqualTo("POST");
    assertThat(json(sent).path("length").asLong()).isEqualTo(body.length);
    HttpResponse<String> chunked =
        send(
            kind,
            direct
                .authorized(DEVICE_PATH, deviceToken)
                .PUT(BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(body))));
    assertThat(json(chunked).path("length").asLong()).isEqualTo(body.length);
    assertRefused(
        send(kind, direct.authorized(USER_PATH, deviceToken).POST(BodyPublishers.ofString("a=1"))),
        401,
        "invalid jwt");
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionLivesOnAfterARefusal(Kind kind) throws IOException {
    ForeignProxy proxy = proxy(kind);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
      socket.setSoTimeout(30_000);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (String[] step :
          new String[][] {
            {USER_PATH, "bad", "401"},
            {USER_PATH, user, "200"},
            {DEVICE_PATH, user, "401"},
            {DEVICE_PATH, deviceToken, "200"}
          }) {
        String request =
            "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n\r\n"
                .formatted(step[0], proxy.port(), step[1]);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        assertThat(answer(in)).as(step[0]).startsWith("HTTP/1.1 " + step[2]);
      }
    }
  }

  /// One answer.
  private static String answer(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int read = in.read();
      if (read < 0) {
        return head + "(end of the connection)";
      }
      head.write(read);
    }
    String text = head.toString(StandardCharsets.ISO_8859_1);
    String length = text.replaceAll("(?is).*\r\ncontent-length: *([0-9]+)\r\n.*", "$1");
    return text + new String(in.readNBytes(Integer.parseInt(length)), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @EnumSource
  void aLogoutIsSeenAtOnce(Kind kind) throws IOException {
    String token = stage.login();
    assertThat(get(kind, USER_PATH, token).statusCode()).isEqualTo(200);
    assertThat(direct.logout(token)).isEqualTo(202);
    assertRefused(get(kind, USER_PATH, token), 401, "unauthorized");
  }

  @Test
  void aKeyTurnsUnderAllOfThem() throws IOException {
    Path file = platform.keyDirectory("useradm").resolve("private.id.77.pem");
    KeyFiles.place(file, KeyFiles.pkcs8(KeyFiles.ec("secp256r1")));
    platform.awaitState("useradm", 77, KeyState.KEY_STATE_ANNOUNCED);
    platform.awaitAllCaughtUp();
    platform
        .admin()
        .activateKey(ActivateKeyRequest.newBuilder().setRing("useradm").setKid(77).build());
    String fresh = stage.login();
    assertThat(Tokens.kid(fresh)).isEqualTo(77);
    for (Kind kind : proxies.keySet()) {
      HttpResponse<String> response = get(kind, USER_PATH, fresh);
      assertThat(response.statusCode()).as("%s: %s", kind, response.body()).isEqualTo(200);
      assertThat(json(response).path("headers").path("X-rekey-kid").asText()).isEqualTo("77");
      assertThat(get(kind, USER_PATH, user).statusCode()).isEqualTo(200);
    }
    Files.delete(file);
    platform.awaitState("useradm", 77, KeyState.KEY_STATE_RETIRED);
    platform.awaitAllCaughtUp();
    for (Kind kind : proxies.keySet()) {
      assertRefused(get(kind, USER_PATH, fresh), 401, "invalid jwt");
    }
  }

  @Test
  void withoutAVerdictNothingPassesAndItComesBack() throws IOException {
    stage.killUseradm();
    for (Kind kind : proxies.keySet()) {
      HttpResponse<String> response = get(kind, USER_PATH, user);
      assertThat(response.statusCode()).as("%s: %s", kind, response.body()).isEqualTo(503);
      assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(json(response).path("error").asText()).isEqualTo("service unavailable");
      assertThat(get(kind, DEVICE_PATH, deviceToken).statusCode()).as("%s", kind).isEqualTo(200);
    }
    stage.bringBackUseradm();
    for (Kind kind : proxies.keySet()) {
      await().atMost(PATIENCE).until(() -> get(kind, USER_PATH, user).statusCode() == 200);
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutAGatewayNothingPasses(Kind kind) {
    proxy(kind);
    try (ForeignProxy alone = start(kind, Platform.freePort())) {
      HttpResponse<String> response =
          direct.send(direct.authorized(USER_PATH, user).uri(URI.create(alone.url() + USER_PATH)));
      assertThat(response.statusCode()).isEqualTo(kind == Kind.CADDY ? 502 : 503);
    }
  }
}
