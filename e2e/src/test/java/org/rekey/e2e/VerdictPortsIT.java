package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.rekey.e2e.VerdictStage.DEVICE_PATH;
import static org.rekey.e2e.VerdictStage.USER_PATH;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.service.auth.v3.AttributeContext;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Platform;
import org.rekey.e2e.rest.Rest;
import org.rekey.gateway.GatewayServer;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.tls.ServiceCredentials;
import org.rekey.testkit.PostgresExtension;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// What Traefik and Envoy send, and what they get: the proxies of which there is no program here.
/// Envoy's side is Envoy's own generated code.
class VerdictPortsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static VerdictStage stage;
  private static Platform platform;
  private static GatewayServer plain;
  private static GatewayServer mutual;
  private static HttpClient http;
  private static ManagedChannel envoy;
  private static String user;
  private static DeviceMember device;
  private static String deviceToken;

  @BeforeAll
  static void start() {
    stage = VerdictStage.start(directory, POSTGRES);
    platform = stage.platform();
    plain = stage.gateway("ANYONE_WHO_REACHES_THE_PORT");
    mutual = stage.gateway("MUTUAL_TLS");
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    envoy = channel("proxy");
    user = stage.user();
    device = stage.device();
    deviceToken = stage.deviceToken();
  }

  @AfterAll
  static void stop() {
    envoy.shutdownNow();
    http.shutdownNow();
    mutual.close();
    plain.close();
    stage.close();
  }

  private static ManagedChannel channel(String caller) {
    return Channels.open(
        "127.0.0.1:" + mutual.extAuthzPort().orElseThrow(),
        "gateway",
        new ServiceCredentials(platform.certificate(caller)));
  }

  /// As Traefik asks for a middleware of the example: a GET without a body, the request's own
  /// headers without the hop-by-hop ones, and its own `X-Forwarded-*`.
  private static HttpResponse<String> asTraefik(
      String middleware, String method, String target, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:" + plain.verifyPort().orElseThrow() + path(middleware)))
            .header("X-Forwarded-For", "192.0.2.7")
            .header("X-Forwarded-Host", "docker.mender.io")
            .header("X-Forwarded-Method", method)
            .header("X-Forwarded-Port", "443")
            .header("X-Forwarded-Proto", "https")
            .header("X-Forwarded-Server", "traefik")
            .header("X-Forwarded-Uri", target)
            .header("X-Real-Ip", "192.0.2.7")
            .header("Accept-Encoding", "gzip");
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.GET().build(), BodyHandlers.ofString());
  }

  /// Of the address in deploy/examples/traefik/rekey.yaml.
  private static String path(String middleware) throws IOException {
    return URI.create(forwardAuth(middleware).path("address").asText()).getPath();
  }

  private static JsonNode forwardAuth(String middleware) throws IOException {
    Path example = Command.root().resolve("deploy/examples/traefik/rekey.yaml");
    Object yaml =
        new Load(LoadSettings.builder().build()).loadFromString(Files.readString(example));
    JsonNode found =
        JSON.valueToTree(yaml)
            .path("http")
            .path("middlewares")
            .path(middleware)
            .path("forwardAuth");
    assertThat(found.isObject()).as(middleware).isTrue();
    return found;
  }

  private static String bearer(String token) {
    return "Bearer " + token;
  }

  private static void assertError(HttpResponse<String> response, int status, String error)
      throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    JsonNode body = JSON.readTree(response.body());
    assertThat(body.path("error").asText()).isEqualTo(error);
    assertThat(body.path("request_id").asText())
        .isEqualTo(response.headers().firstValue("X-MEN-RequestID").orElse("none"));
    assertThat(response.headers().firstValue("Content-Type"))
        .hasValue("application/json; charset=utf-8");
  }

  @Test
  void mendersTraefikGetsWhatMendersServicesWouldSay() throws Exception {
    HttpResponse<String> good =
        asTraefik(
            "userauth", "POST", USER_PATH, "Authorization", bearer(user), "X-MEN-RequestID", "r-1");
    assertThat(good.statusCode()).isEqualTo(200);
    assertThat(good.body()).isEmpty();
    assertThat(good.headers().allValues("X-MEN-RequestID")).containsExactly("r-1");
    assertThat(asTraefik("userauth", "GET", USER_PATH, "Cookie", "JWT=" + user).statusCode())
        .isEqualTo(200);
    assertThat(
            asTraefik("devauth", "GET", DEVICE_PATH, "Authorization", bearer(deviceToken))
                .statusCode())
        .isEqualTo(200);

    HttpResponse<String> none = asTraefik("userauth", "GET", USER_PATH);
    assertError(none, 401, "Authorization not present in header");
    assertThat(none.headers().firstValue("WWW-Authenticate"))
        .hasValue("Bearer realm=\"ManagementJWT\"");
    assertError(
        asTraefik("userauth", "GET", USER_PATH, "Authorization", bearer(deviceToken)),
        401,
        "invalid jwt");
    HttpResponse<String> wrong =
        asTraefik("devauth", "GET", DEVICE_PATH, "Authorization", bearer(user));
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(wrong.body()).isEmpty();
    assertThat(
            asTraefik("devauth", "GET", DEVICE_PATH, "Cookie", "JWT=" + deviceToken).statusCode())
        .isEqualTo(401);
  }

  /// Every header that the example has Traefik copy is answered, so none of the client's is left.
  @Test
  void theGeneralMiddlewareIsAnsweredWithEveryHeaderThatItCopies() throws Exception {
    HttpResponse<String> good = asTraefik("rekey", "GET", USER_PATH, "Authorization", bearer(user));
    assertThat(good.statusCode()).isEqualTo(200);
    for (JsonNode name : forwardAuth("rekey").path("authResponseHeaders")) {
      assertThat(good.headers().allValues(name.asText())).as(name.asText()).hasSize(1);
    }
    assertThat(good.headers().firstValue("X-Rekey-Subject"))
        .hasValue(Tokens.claims(user).path("sub").asText());
    assertThat(
            asTraefik("rekey", "GET", DEVICE_PATH, "Authorization", bearer(deviceToken))
                .headers()
                .firstValue("X-Rekey-Kind"))
        .hasValue("device");
    assertError(
        asTraefik("rekey", "GET", USER_PATH, "Authorization", bearer(deviceToken)),
        401,
        "invalid jwt");
    assertError(
        asTraefik(
            "rekey",
            "GET",
            USER_PATH,
            "Authorization",
            bearer(deviceToken),
            "X-Original-URI",
            DEVICE_PATH),
        403,
        "X-Forwarded-Uri, X-Original-URI: they differ (expected: one, set by the proxy, and the"
            + " other removed)");
  }

  @Test
  void anEndpointOfItsOwnNeedsNoPath() throws Exception {
    String url = "http://127.0.0.1:" + plain.verifyPort().orElseThrow();
    for (String method : List.of("GET", "HEAD", "POST", "OPTIONS")) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(url + "/verify/devices"))
              .header("Authorization", bearer(deviceToken))
              .method(method, BodyPublishers.noBody());
      assertThat(http.send(request.build(), BodyHandlers.ofString()).statusCode())
          .as(method)
          .isEqualTo(200);
    }
    HttpRequest.Builder asUser =
        HttpRequest.newBuilder(URI.create(url + "/verify/users"))
            .header("Authorization", bearer(deviceToken));
    assertError(http.send(asUser.build(), BodyHandlers.ofString()), 401, "invalid jwt");
    HttpRequest.Builder general =
        HttpRequest.newBuilder(URI.create(url + "/verify"))
            .header("Authorization", bearer(deviceToken));
    assertThat(http.send(general.build(), BodyHandlers.ofString()).statusCode()).isEqualTo(403);
  }

  /// A proxy that passes the length of a body on but not the body must not wait for its answer.
  @Test
  void aQuestionIsAnsweredBeforeItsBody() throws Exception {
    String question =
        "GET /verify/users HTTP/1.1\r\nHost: a\r\nAuthorization: "
            + bearer(user)
            + "\r\nContent-Length: 99\r\n\r\n";
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), plain.verifyPort().orElseThrow())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(question.getBytes(StandardCharsets.US_ASCII));
      byte[] start = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      assertThat(new String(start, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/verify/",
        "/verify/others",
        "/api/management/v1/useradm/users",
        "/api/internal/v1/useradm/tenants/default/users",
        "/api/internal/v1/useradm/tokens"
      })
  void nothingElseIsServedThere(String path) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + plain.verifyPort().orElseThrow() + path))
            .header("Authorization", bearer(user));
    assertError(http.send(request.build(), BodyHandlers.ofString()), 404, "not found");
  }

  @Test
  void onlyNamedCallersAreAnswered() {
    String url = "https://localhost:" + mutual.verifyPort().orElseThrow();
    try (Rest rest = new Rest(platform, HttpClient.Version.HTTP_1_1, platform.gatewayUrl(), url)) {
      HttpResponse<String> operator = rest.sendInternal("GET", "/verify/users");
      assertThat(operator.statusCode()).isEqualTo(403);
      assertThat(operator.body()).contains("GATEWAY_VERIFY_CALLERS");
    }
    try (Client nobody = new Client(url, platform.caCertificate(), HttpClient.Version.HTTP_1_1)) {
      assertThatThrownBy(() -> nobody.send(nobody.authorized("/verify/users", user)))
          .isInstanceOf(UncheckedIOException.class);
    }
    ManagedChannel operator = channel("operator");
    try {
      assertThatThrownBy(() -> check(operator, USER_PATH, Map.of(), Map.of()))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED));
    } finally {
      operator.shutdownNow();
    }
  }

  private static CheckResponse check(
      ManagedChannel channel,
      String path,
      Map<String, String> headers,
      Map<String, String> extensions) {
    return check(
        channel,
        CheckRequest.newBuilder()
            .setAttributes(
                AttributeContext.newBuilder()
                    .putAllContextExtensions(extensions)
                    .setRequest(
                        AttributeContext.Request.newBuilder()
                            .setHttp(
                                AttributeContext.HttpRequest.newBuilder()
                                    .setId("1")
                                    .setMethod("GET")
                                    .setHost("api.example.com")
                                    .setScheme("https")
                                    .setProtocol("HTTP/2")
                                    .setSize(-1)
                                    .setPath(path)
                                    .putHeaders(":path", path)
                                    .putHeaders(":method", "GET")
                                    .putAllHeaders(headers))))
            .build());
  }

  private static CheckResponse check(ManagedChannel channel, CheckRequest request) {
    return AuthorizationGrpc.newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .check(request);
  }

  private static CheckResponse check(String path, String token, String... more) {
    Map<String, String> headers = new HashMap<>();
    headers.put("authorization", bearer(token));
    for (int i = 0; i < more.length; i += 2) {
      headers.put(more[i], more[i + 1]);
    }
    return check(envoy, path, headers, Map.of());
  }

  /// Their names in lower case. Whatever Envoy's version: what the client sent is replaced.
  private static Map<String, String> told(List<HeaderValueOption> headers) {
    Map<String, String> told = new HashMap<>();
    for (HeaderValueOption option : headers) {
      assertThat(option.getAppendAction()).isEqualTo(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD);
      told.put(option.getHeader().getKey().toLowerCase(Locale.ROOT), option.getHeader().getValue());
    }
    return told;
  }

  @Test
  void envoyIsToldWhatTheBackendMustKnow() {
    CheckResponse good =
        check(
            USER_PATH,
            user,
            "x-men-requestid",
            "r-2",
            "x-rekey-subject",
            "somebody-else",
            "x-rekey-other",
            "1",
            "x_rekey_subject",
            "somebody-else",
            "x-men-rbac-inventory-groups",
            "all");
    assertThat(good.getStatus().getCode()).isZero();
    Map<String, String> told = told(good.getOkResponse().getHeadersList());
    JsonNode claims = Tokens.claims(user);
    assertThat(told)
        .containsEntry("x-rekey-subject", claims.path("sub").asText())
        .containsEntry("x-rekey-kind", "user")
        .containsEntry("x-rekey-token-id", claims.path("jti").asText())
        .containsEntry("x-rekey-kid", "0")
        .containsEntry("x-rekey-expires", claims.path("exp").asText())
        .containsEntry("x-men-requestid", "r-2")
        .hasSize(6);
    assertThat(good.getOkResponse().getHeadersToRemoveList())
        .containsExactlyInAnyOrder(
            "x-rekey-other", "x_rekey_subject", "x-men-rbac-inventory-groups");
    assertThat(told(check(DEVICE_PATH, deviceToken).getOkResponse().getHeadersList()))
        .containsEntry("x-rekey-subject", device.id())
        .containsEntry("x-rekey-kind", "device");
    assertThat(
            check(envoy, USER_PATH, Map.of("cookie", "a=b; JWT=" + user), Map.of()).hasOkResponse())
        .isTrue();
  }

  private static DeniedHttpResponse denied(CheckResponse response, int status) {
    assertThat(response.getStatus().getCode()).isNotZero();
    assertThat(response.getDeniedResponse().getStatus().getCodeValue()).isEqualTo(status);
    return response.getDeniedResponse();
  }

  @Test
  void envoyIsToldWhatTheClientMustSee() throws IOException {
    DeniedHttpResponse refused = denied(check(USER_PATH, deviceToken), 401);
    Map<String, String> told = told(refused.getHeadersList());
    assertThat(told)
        .containsEntry("www-authenticate", "Bearer realm=\"ManagementJWT\"")
        .containsEntry("content-type", "application/json; charset=utf-8");
    JsonNode body = JSON.readTree(refused.getBody());
    assertThat(body.path("error").asText()).isEqualTo("invalid jwt");
    assertThat(body.path("request_id").asText()).isEqualTo(told.get("x-men-requestid"));

    assertThat(denied(check(DEVICE_PATH, user), 401).getBody()).isEmpty();
    assertThat(denied(check(envoy, USER_PATH, Map.of(), Map.of()), 401).getBody())
        .contains("Authorization not present in header");
    // Envoy joins the lines of one name.
    assertThat(denied(check(USER_PATH, user + "," + bearer(user)), 401).getBody())
        .contains("malformed Authorization header");
    denied(check(envoy, DEVICE_PATH, Map.of("cookie", "JWT=" + deviceToken), Map.of()), 401);
    denied(check("/api/devices/..%2fmanagement/v1/users", deviceToken), 403);
    denied(check("/elsewhere", user), 403);
    denied(check("", user), 403);
  }

  @Test
  void aRouteOfEnvoyMaySayWhoseTokenIsNeeded() {
    Map<String, String> headers = Map.of("authorization", bearer(deviceToken));
    assertThat(
            check(envoy, "/telemetry/1", headers, Map.of("rekey_audience", "devices"))
                .hasOkResponse())
        .isTrue();
    denied(check(envoy, "/telemetry/1", headers, Map.of("rekey_audience", "users")), 401);
    denied(
        check(envoy, "/telemetry/../api/management", headers, Map.of("rekey_audience", "devices")),
        403);
    assertThatThrownBy(
            () -> check(envoy, "/telemetry/1", headers, Map.of("rekey_audience", "device")))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT));
  }

  @Test
  void envoyMaySendHeadersAsTheyCame() {
    HeaderValue.Builder authorization =
        HeaderValue.newBuilder()
            .setKey("authorization")
            .setRawValue(ByteString.copyFromUtf8(bearer(user)));
    AttributeContext.HttpRequest.Builder once =
        AttributeContext.HttpRequest.newBuilder()
            .setPath(USER_PATH)
            .setHeaderMap(HeaderMap.newBuilder().addHeaders(authorization));
    assertThat(check(envoy, request(once)).hasOkResponse()).isTrue();
    AttributeContext.HttpRequest.Builder twice =
        once.clone()
            .setHeaderMap(
                HeaderMap.newBuilder().addHeaders(authorization).addHeaders(authorization));
    denied(check(envoy, request(twice)), 401);
  }

  private static CheckRequest request(AttributeContext.HttpRequest.Builder http) {
    return CheckRequest.newBuilder()
        .setAttributes(
            AttributeContext.newBuilder()
                .setRequest(AttributeContext.Request.newBuilder().setHttp(http)))
        .build();
  }

  @Test
  void withoutAVerdictEnvoyIsToldThatThereIsNone() throws Exception {
    stage.killUseradm();
    assertThatThrownBy(() -> check(USER_PATH, user))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
    HttpResponse<String> response =
        asTraefik("userauth", "GET", USER_PATH, "Authorization", bearer(user));
    assertError(response, 503, "service unavailable");
    assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(check(DEVICE_PATH, deviceToken).hasOkResponse()).isTrue();
    stage.bringBackUseradm();
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> check(USER_PATH, user).hasOkResponse());
  }

  @Test
  void anAbsurdQuestionCostsNothing() {
    String huge = "a".repeat(300_000);
    denied(check(USER_PATH, huge), 401);
    denied(check("/api/management/" + huge, user), 403);
    denied(check(envoy, CheckRequest.getDefaultInstance()), 403);
  }
}
