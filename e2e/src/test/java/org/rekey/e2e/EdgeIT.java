package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.gateway.GatewayServer;
import org.rekey.testkit.PostgresExtension;

/// What a client sees at the HTTPS port: shapes, statuses, streams, and what hostile input gets.
class EdgeIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String INVENTORY = "/api/management/v1/inventory/devices";
  private static final String LOGIN = "/api/management/v1/useradm/auth/login";
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static Platform platform;
  private static Client client;
  private static String token;

  @BeforeAll
  static void start() {
    platform = Platform.start(directory, POSTGRES);
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
    platform.createUser("admin@example.com", "correct horse");
    token = client.login("admin@example.com", "correct horse");
  }

  @AfterAll
  static void stop() {
    client.close();
    platform.close();
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  private static void assertError(HttpResponse<String> response, int status, String text)
      throws IOException {
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("content-type"))
        .hasValue("application/json; charset=utf-8");
    JsonNode body = json(response);
    assertThat(body.path("error").asText()).isEqualTo(text);
    assertThat(body.path("request_id").asText())
        .isNotEmpty()
        .isEqualTo(response.headers().firstValue("X-MEN-RequestID").orElse(""));
  }

  @Test
  void theLoginAnswerIsTheTokenAndNoByteMore() {
    HttpResponse<String> response = client.tryLogin("ADMIN@example.com", "correct horse");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).hasValue("application/jwt");
    assertThat(response.body()).matches("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");
    assertThat(response.headers().firstValue("Strict-Transport-Security"))
        .hasValue("max-age=31536000; includeSubDomains");
    assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    assertThat(response.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
    assertThat(response.headers().firstValue("X-XSS-Protection")).hasValue("0");
  }

  @Test
  void wrongUserAndWrongPasswordGetTheSameAnswer() throws IOException {
    assertError(client.tryLogin("admin@example.com", "wrong horse"), 401, "unauthorized");
    assertError(client.tryLogin("nobody@example.com", "correct horse"), 401, "unauthorized");
  }

  @Test
  void aLoginWithoutBasicCredentialsIsRefused() throws IOException {
    assertError(
        client.send(client.request(LOGIN).POST(BodyPublishers.noBody())),
        401,
        "invalid or missing auth header");
    assertError(
        client.send(
            client
                .request(LOGIN)
                .header("Authorization", "Basic !!!")
                .POST(BodyPublishers.noBody())),
        401,
        "invalid or missing auth header");
    assertError(client.send(client.request(LOGIN).GET()), 405, "method not allowed");
  }

  @Test
  void theLoginBodyIsOptionalJson() throws IOException {
    String basic =
        "Basic "
            + Base64.getEncoder()
                .encodeToString("admin@example.com:correct horse".getBytes(StandardCharsets.UTF_8));
    HttpResponse<String> unlimited =
        client.send(
            client
                .request(LOGIN)
                .header("Authorization", basic)
                .header("Content-Type", "application/json; charset=UTF-8")
                .POST(BodyPublishers.ofString("{\"no_expiry\": true, \"other\": 1}")));
    assertThat(unlimited.statusCode()).isEqualTo(200);
    assertThat(Tokens.claims(unlimited.body()).has("exp")).isFalse();
    assertThat(
            client
                .send(
                    client
                        .request(LOGIN)
                        .header("Authorization", basic)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"no_expiry\"")))
                .statusCode())
        .isEqualTo(400);
    assertError(
        client.send(
            client
                .request(LOGIN)
                .header("Authorization", basic)
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{}"))),
        415,
        "Bad Content-Type, expected 'application/json'");
    assertError(
        client.send(
            client
                .request(LOGIN)
                .header("Authorization", basic)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(new byte[1_100_000]))),
        413,
        "http: request body too large");
  }

  @Test
  void aUserTokenSaysWhatMenderServicesRead() {
    JsonNode claims = Tokens.claims(token);
    assertThat(Tokens.header(token).path("typ").asText()).isEqualTo("JWT");
    assertThat(Tokens.header(token).path("kid").isTextual()).isTrue();
    assertThat(claims.path("iss").asText()).isEqualTo("mender.useradm");
    assertThat(claims.path("scp").asText()).isEqualTo("mender.*");
    assertThat(claims.path("mender.user").asBoolean()).isTrue();
    assertThat(claims.path("sub").asText()).hasSize(36);
    assertThat(claims.path("jti").asText()).hasSize(36);
    assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(604_800);
    assertThat(claims.path("nbf").asLong()).isEqualTo(claims.path("iat").asLong());
  }

  @Test
  void aRequestWithoutTokenIsChallenged() throws IOException {
    HttpResponse<String> response = client.send(client.request(INVENTORY));
    assertError(response, 401, "Authorization not present in header");
    assertThat(response.headers().firstValue("WWW-Authenticate"))
        .hasValue("Bearer realm=\"ManagementJWT\"");
    assertError(
        client.send(client.request(INVENTORY).header("Authorization", "Bearer")),
        401,
        "malformed Authorization header");
    assertError(
        client.send(
            client
                .request(INVENTORY)
                .header("Authorization", "Bearer " + token)
                .header("Authorization", "Bearer " + token)),
        401,
        "malformed Authorization header");
  }

  @Test
  void aUserTokenMayComeInACookie() {
    HttpResponse<String> answer =
        client.send(client.request(INVENTORY).header("Cookie", "a=b; JWT=" + token));
    assertThat(answer.statusCode()).isEqualTo(200);
    // The upstream sees the token that was judged, and no second one to choose from.
    assertThat(answer.body()).contains("Bearer " + token).doesNotContain("JWT=");
    assertThat(
            client
                .send(
                    client
                        .request("/api/devices/v1/inventory/device/attributes")
                        .header("Cookie", "JWT=" + token))
                .statusCode())
        .isEqualTo(401);
  }

  @Test
  void aUserTokenDoesNotOpenADevicePath() {
    HttpResponse<String> response =
        client.send(client.authorized("/api/devices/v1/inventory/device/attributes", token));
    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.body()).isEmpty();
  }

  @Test
  void theUpstreamSeesTheRequestAndOnlyWhatTheGatewaySaysOfIt() throws IOException {
    HttpResponse<String> response =
        client.send(
            client
                .authorized(INVENTORY + "?page=2&x=%2F", token)
                .header("X-Forwarded-For", "6.6.6.6")
                .header("X-MEN-RBAC-Inventory-Groups", "all")
                .header("X-Forwarded-Proto", "http")
                .header("X-Rekey-Subject", "somebody else")
                .header("X_Rekey_Kind", "device")
                .header("X-Own", "kept"));
    assertThat(response.statusCode()).isEqualTo(200);
    JsonNode seen = json(response);
    JsonNode headers = seen.path("headers");
    assertThat(seen.path("target").asText()).isEqualTo(INVENTORY + "?page=2&x=%2F");
    assertThat(headers.path("Authorization").asText()).isEqualTo("Bearer " + token);
    assertThat(headers.path("X-forwarded-for").asText()).isEqualTo("127.0.0.1");
    assertThat(headers.path("X-forwarded-proto").asText()).isEqualTo("https");
    assertThat(headers.has("X-men-rbac-inventory-groups")).isFalse();
    assertThat(headers.has("X_rekey_kind")).isFalse();
    JsonNode claims = Tokens.claims(token);
    assertThat(headers.path("X-rekey-subject").asText()).isEqualTo(claims.path("sub").asText());
    assertThat(headers.path("X-rekey-kind").asText()).isEqualTo("user");
    assertThat(headers.path("X-rekey-token-id").asText()).isEqualTo(claims.path("jti").asText());
    assertThat(headers.path("X-rekey-kid").asText()).isEqualTo("0");
    assertThat(headers.path("X-own").asText()).isEqualTo("kept");
    assertThat(headers.path("X-men-requestid").asText())
        .isEqualTo(response.headers().firstValue("X-MEN-RequestID").orElse(""));
  }

  @Test
  void pathsWithoutARouteAreNotFound() throws IOException {
    assertError(client.send(client.request("/")), 404, "not found");
    assertError(
        client.send(client.authorized("/api/internal/v1/useradm/auth/verify", token)),
        404,
        "not found");
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void streamsLargeBodiesBothWays(HttpClient.Version version) throws Exception {
    byte[] body = new byte[50 << 20];
    new Random(1).nextBytes(body);
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    try (Client other = new Client(platform, version)) {
      HttpResponse<String> sized =
          other.send(other.authorized(INVENTORY, token).POST(BodyPublishers.ofByteArray(body)));
      assertThat(sized.version()).isEqualTo(version);
      assertThat(json(sized).path("sha256").asText()).isEqualTo(hash);
      HttpResponse<String> chunked =
          other.send(
              other
                  .authorized(INVENTORY, token)
                  .PUT(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));
      assertThat(json(chunked).path("sha256").asText()).isEqualTo(hash);
      HttpResponse<InputStream> down =
          other.send(
              other.authorized("/api/management/v1/big/" + body.length, token),
              BodyHandlers.ofInputStream());
      try (InputStream in = down.body()) {
        assertThat(in.transferTo(OutputStream.nullOutputStream())).isEqualTo(body.length);
      }
    }
  }

  /// A user is one, however many tokens he has, and nobody else can use up his share.
  @Test
  void aUserWhoAsksTooOftenIsToldToWaitAndOthersAreNot() {
    platform.createUser("often@example.com", "correct horse");
    Map<String, String> environment = new HashMap<>(platform.gatewayEnvironment());
    environment.put("GATEWAY_REQUESTS_PER_SUBJECT", "3/1h");
    try (GatewayServer strict = GatewayServer.start(environment);
        Client asking =
            new Client(
                "https://localhost:" + strict.port(),
                platform.caCertificate(),
                HttpClient.Version.HTTP_1_1)) {
      String one = asking.login("often@example.com", "correct horse");
      String two = asking.login("often@example.com", "correct horse");
      for (int i = 0; i < 5; i++) {
        assertThat(asking.statusWith(Tokens.withBrokenSignature(one))).isEqualTo(401);
      }
      assertThat(asking.statusWith(one)).isEqualTo(200);
      assertThat(asking.statusWith(two)).isEqualTo(200);
      assertThat(asking.statusWith(one)).isEqualTo(200);
      HttpResponse<String> refused = asking.send(asking.authorized(INVENTORY, two));
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElse("")))
          .isBetween(1000, 1201);
      assertThat(asking.statusWith(token)).as("somebody else").isEqualTo(200);
    }
  }

  @Test
  void plainHttpIsNotSpoken() throws IOException {
    try (Socket socket =
        new Socket(java.net.InetAddress.getLoopbackAddress(), platform.gatewayPort())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(readAll(socket), StandardCharsets.ISO_8859_1);
      assertThat(answer).doesNotContain("HTTP/1");
    }
  }

  @Test
  void oldTlsIsRefused() throws IOException {
    try (SSLSocket socket =
        (SSLSocket)
            Client.trusting(platform.caCertificate())
                .getSocketFactory()
                .createSocket("localhost", platform.gatewayPort())) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
    }
    assertThat(opensslSays("-tls1_1")).contains("alert protocol version");
  }

  private static String opensslSays(String option) throws IOException {
    Process process =
        new ProcessBuilder(
                "openssl", "s_client", "-connect", "localhost:" + platform.gatewayPort(), option)
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  static Stream<Arguments> ambiguousRequests() {
    String head = " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer TOKEN\r\n";
    return Stream.of(
        Arguments.argumentSet(
            "both lengths",
            "POST "
                + INVENTORY
                + head
                + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Arguments.argumentSet(
            "two lengths",
            "POST " + INVENTORY + head + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"),
        Arguments.argumentSet(
            "a list of lengths", "POST " + INVENTORY + head + "Content-Length: 4, 5\r\n\r\nabcde"),
        Arguments.argumentSet(
            "a signed length", "POST " + INVENTORY + head + "Content-Length: +4\r\n\r\nabcd"),
        Arguments.argumentSet(
            "an encoding that is nearly chunked",
            "POST " + INVENTORY + head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        Arguments.argumentSet(
            "two encodings",
            "POST " + INVENTORY + head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Arguments.argumentSet(
            "chunked in HTTP/1.0",
            "POST "
                + INVENTORY
                + " HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Arguments.argumentSet("no host", "GET " + INVENTORY + " HTTP/1.1\r\n\r\n"),
        Arguments.argumentSet(
            "two hosts", "GET " + INVENTORY + " HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        Arguments.argumentSet(
            "an absolute target", "GET http://localhost" + INVENTORY + head + "\r\n"),
        Arguments.argumentSet(
            "dot segments", "GET /api/devices/../management/v1/x" + head + "\r\n"),
        Arguments.argumentSet("an encoded slash", "GET /api/management%2fv1/x" + head + "\r\n"),
        Arguments.argumentSet(
            "CONNECT", "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Arguments.argumentSet("no HTTP at all", "\u0000\u0001\u0002 nonsense\r\n\r\n"));
  }

  @ParameterizedTest
  @MethodSource("ambiguousRequests")
  void refusesARequestThatCanBeReadInTwoWays(String request) throws IOException {
    assertThat(raw(request.replace("TOKEN", token))).matches("(?s)HTTP/1\\.[01] 400 .*");
  }

  @Test
  void refusesHeadersWithoutEnd() throws IOException {
    String big = "GET / HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(40_000) + "\r\n\r\n";
    assertThat(raw(big)).matches("(?s)HTTP/1\\.[01] 431 .*");
    assertThat(raw("GET /" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n"))
        .matches("(?s)HTTP/1\\.[01] 414 .*");
  }

  private static String raw(String request) throws IOException {
    try (Socket socket =
        Client.trusting(platform.caCertificate())
            .getSocketFactory()
            .createSocket("localhost", platform.gatewayPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      byte[] buffer = new byte[4096];
      int read = socket.getInputStream().read(buffer);
      return read < 0 ? "" : new String(buffer, 0, read, StandardCharsets.ISO_8859_1);
    }
  }

  private static byte[] readAll(Socket socket) {
    try {
      return socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      return new byte[0];
    }
  }

  static Stream<Arguments> hostileTokens() {
    String signature = token.substring(token.lastIndexOf('.'));
    String claims = token.split("\\.", -1)[1];
    return Stream.of(
        Arguments.argumentSet(
            "alg none", Tokens.withHeader(token, "{\"alg\":\"none\",\"kid\":\"0\"}")),
        Arguments.argumentSet(
            "alg nOnE without signature", Tokens.encode("{\"alg\":\"nOnE\"}") + "." + claims + "."),
        Arguments.argumentSet("no alg", Tokens.withHeader(token, "{\"kid\":\"0\"}")),
        Arguments.argumentSet(
            "HS256", Tokens.withHeader(token, "{\"alg\":\"HS256\",\"kid\":\"0\"}")),
        Arguments.argumentSet(
            "another alg", Tokens.withHeader(token, "{\"alg\":\"RS512\",\"kid\":\"0\"}")),
        Arguments.argumentSet("signature turned", Tokens.withBrokenSignature(token)),
        Arguments.argumentSet("no signature", token.substring(0, token.lastIndexOf('.') + 1)),
        Arguments.argumentSet("two parts", token.substring(0, token.lastIndexOf('.'))),
        Arguments.argumentSet("five parts", token + ".x.y"),
        Arguments.argumentSet("padding", token + "="),
        Arguments.argumentSet("not base64url", token + "+/"),
        Arguments.argumentSet(
            "crit", Tokens.withHeader(token, "{\"alg\":\"RS256\",\"crit\":[\"x\"],\"x\":1}")),
        Arguments.argumentSet(
            "b64 false",
            Tokens.withHeader(token, "{\"alg\":\"RS256\",\"b64\":false,\"crit\":[\"b64\"]}")),
        Arguments.argumentSet(
            "kid traversal",
            Tokens.withHeader(token, "{\"alg\":\"RS256\",\"kid\":\"../../etc/passwd\"}")),
        Arguments.argumentSet(
            "kid with SQL", Tokens.withHeader(token, "{\"alg\":\"RS256\",\"kid\":\"0' OR 1=1\"}")),
        Arguments.argumentSet(
            "kid is a fraction", Tokens.withHeader(token, "{\"alg\":\"RS256\",\"kid\":0.5}")),
        Arguments.argumentSet(
            "kid is an array", Tokens.withHeader(token, "{\"alg\":\"RS256\",\"kid\":[0]}")),
        Arguments.argumentSet(
            "kid with a leading zero",
            Tokens.withHeader(token, "{\"alg\":\"RS256\",\"kid\":\"00\"}")),
        Arguments.argumentSet(
            "two kids",
            Tokens.withHeader(token, "{\"alg\":\"RS256\",\"kid\":\"1\",\"kid\":\"0\"}")),
        Arguments.argumentSet("claims exchanged", Tokens.withClaims(token, "{\"sub\":\"root\"}")),
        Arguments.argumentSet("only dots", ".."),
        Arguments.argumentSet(
            "claims nested deeply",
            Tokens.encode("{\"alg\":\"RS256\"}")
                + "."
                + Tokens.encode("[".repeat(3000))
                + signature),
        Arguments.argumentSet("seven kilobytes", "a".repeat(7000)));
  }

  @ParameterizedTest
  @MethodSource("hostileTokens")
  void refusesAHostileTokenWith401(String hostile) throws IOException {
    assertError(client.send(client.authorized(INVENTORY, hostile)), 401, "invalid jwt");
  }

  @Test
  void aClientThatDoesNotTrustTheAuthorityGetsNothing() {
    try (HttpClient stranger = HttpClient.newHttpClient()) {
      assertThatThrownBy(
              () -> stranger.send(client.request(INVENTORY).build(), BodyHandlers.ofString()))
          .isInstanceOf(javax.net.ssl.SSLHandshakeException.class);
    }
  }
}
