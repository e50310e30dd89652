package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.e2e.rest.Contract;
import org.rekey.e2e.rest.Coverage;
import org.rekey.e2e.rest.OpenApi;
import org.rekey.e2e.rest.Rest;
import org.rekey.gateway.GatewayServer;
import org.rekey.testkit.PostgresExtension;

/// User administration over HTTPS → gRPC → PostgreSQL, one test and more for each operation; every
/// answer is held against the document at `/openapi.json`.
class UseradmRestIT {
  private static final String V1 = "/api/management/v1/useradm";
  private static final String INTERNAL = "/api/internal/v1/useradm";
  private static final String PASSWORD = "correct horse battery";

  /// bcrypt of `correct horse battery`, cost 4.
  private static final String BCRYPT =
      "$2a$04$.OGB/.SE/ueHAeqKBO2NC.ZPO9EbmD7vtHnzJtUQ6jnj4di/4Yenm";

  /// What the document promises and a test cannot bring about at will: defects of ours, and users
  /// changed or deleted by somebody else between the verdict on their token and the rpc.
  private static final Set<String> NOT_ON_DEMAND =
      Set.of(
          "updateUser 409", "updateMe 409", "updateMe 404", "putMySettings 404", "createToken 404");

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static final Coverage coverage = new Coverage(UseradmRestIT.class);
  private static Platform platform;
  private static Rest rest;
  private static OpenApi document;

  /// @param token of a session
  private record User(String id, String email, String token) {}

  @BeforeAll
  static void start() {
    platform = Platform.start(directory, POSTGRES);
    rest = Rest.of(platform, HttpClient.Version.HTTP_1_1);
    document = rest.document().only(path -> !hasItsOwnTests(path));
  }

  /// Everything else has its tests here.
  private static boolean hasItsOwnTests(String path) {
    return path.startsWith("/api/devices/")
        || path.contains("/devauth/")
        || path.startsWith("/.well-known/")
        || path.startsWith("/oauth2/");
  }

  /// When all tests have run, they have seen every answer that the document describes.
  @AfterAll
  static void stop() {
    rest.close();
    platform.close();
    coverage.everyAnswerWasSeen(document, rest.seen(), NOT_ON_DEMAND);
  }

  @BeforeEach
  void count(TestInfo test) {
    coverage.ran(test);
  }

  private static String newEmail() {
    return "u" + UUID.randomUUID() + "@example.com";
  }

  private static User newUser() {
    String email = newEmail();
    platform.createUser(email, PASSWORD);
    String token = login(email, PASSWORD).is(200).body();
    return new User(Tokens.claims(token).path("sub").asText(), email, token);
  }

  private static Rest.Answer login(String email, String password) {
    return rest.call("login").header("Authorization", Rest.basic(email, password)).send();
  }

  private static void assertLive(String token) {
    rest.call("getUser").with("id", "me").token(token).send().is(200);
  }

  private static void assertEnded(String token) {
    rest.call("getUser").with("id", "me").token(token).send().is(401, "unauthorized");
  }

  /// A value for every parameter of an operation's path.
  private static Rest.Call anyCall(Rest from, String operation) {
    Rest.Call call = from.call(operation);
    return switch (operation) {
      case "getUser", "updateUser", "deleteUser", "revokeToken" -> call.with("id", "nobody");
      case "listTenantUsers", "createTenantUser" -> call.with("tenant_id", "default");
      case "deleteTenantUser" -> call.with("tenant_id", "default").with("user_id", "nobody");
      case "revokeTokens" -> call.query("tenant_id", "default").query("user_id", "nobody");
      default -> call;
    };
  }

  private static Rest.Call withBody(String operation, Rest.Call call) {
    return document.withBody().contains(operation)
        ? call.json(document.exampleBody(operation))
        : call;
  }

  // The document

  @Test
  @Contract("getOpenApi")
  void theDocumentNeedsNoToken() {
    JsonNode served = rest.call("getOpenApi").send().is(200).json();
    assertThat(served.path("openapi").asText()).startsWith("3.1.");
  }

  @Test
  void everyOperationHasAContractTest() {
    coverage.everyOperationHasAContractTest(document);
  }

  // Who may call

  static Stream<String> forUsers() {
    return with(401).stream().filter(operation -> !operation.equals("login"));
  }

  @ParameterizedTest
  @MethodSource("forUsers")
  void needsAGoodToken(String operation) {
    anyCall(rest, operation).send().is(401, "Authorization not present in header");
    anyCall(rest, operation)
        .header("Authorization", "Bearer a b")
        .send()
        .is(401, "malformed Authorization header");
    anyCall(rest, operation)
        .header("Authorization", "Basic YTpi")
        .send()
        .is(401, "unknown Authorization method");
    anyCall(rest, operation).token("a.b.c").send().is(401, "invalid jwt");
    anyCall(rest, operation)
        .token(Tokens.withBrokenSignature(newUser().token()))
        .send()
        .is(401, "invalid jwt");
  }

  @ParameterizedTest
  @MethodSource("forUsers")
  void aTokenOfAnotherScopeIsNotEnough(String operation) {
    anyCall(rest, operation)
        .token(withScope("mender.inventory"))
        .send()
        .is(403, "insufficient scope");
  }

  /// Good in everything else: signed by the issuer's key, and its `jti` is live.
  private static String withScope(String scope) {
    JsonNode live = Tokens.claims(newUser().token());
    String claims =
        Tokens.userClaims(live.path("jti").asText(), live.path("sub").asText(), Instant.now())
            .replace("mender.*", scope);
    return Tokens.signed(
        platform.keyDirectory("useradm").resolve("private.pem"), claims, 0L, false);
  }

  @Test
  void aTokenOfAnotherScopeOpensNoUpstream() {
    try (Client client = new Client(platform, HttpClient.Version.HTTP_1_1)) {
      assertThat(client.statusWith(withScope("mender.inventory"))).isEqualTo(403);
      assertThat(client.statusWith(newUser().token())).isEqualTo(200);
    }
  }

  @Test
  void aTokenMayComeInACookie() {
    User user = newUser();
    rest.call("getUser").with("id", "me").header("Cookie", "JWT=" + user.token()).send().is(200);
  }

  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void bothProtocolsAreSpoken(HttpClient.Version version) {
    try (Rest other = Rest.of(platform, version)) {
      User user = newUser();
      Rest.Answer answer = other.call("getUser").with("id", "me").token(user.token()).send();
      assertThat(answer.is(200).response().version()).isEqualTo(version);
      other.call("putMySettings").token(user.token()).json("{\"a\":1}").send().is(201);
      other.call("putMySettings").token(user.token()).json("{").send().is(400);
      other.call("deleteUser").with("id", "nobody").token(user.token()).send().is(204);
      other.call("listUsers").token(user.token()).send().is(200);
      other.call("alive").send().is(204);
    }
  }

  // What all operations have in common

  @Test
  void unknownPathsAreNotFound() {
    for (String path : List.of(V1, V1 + "/none", V1 + "/users/a/b", "/none", INTERNAL + "/alive")) {
      assertError(rest.send("GET", path), 404, "not found");
    }
    assertError(rest.sendInternal("GET", V1 + "/users"), 404, "not found");
    assertError(rest.sendInternal("GET", "/openapi.json"), 404, "not found");
  }

  @Test
  void theInternalApiIsNotOnThePublicPort() {
    document.operations().stream()
        .filter(operation -> document.isInternal(operation))
        .map(operation -> document.path(operation).replace("{", "").replace("}", ""))
        .forEach(path -> assertError(rest.send("GET", path), 404, "not found"));
  }

  @Test
  void anotherMethodIsNotAllowed() {
    HttpResponse<String> answer = rest.send("PATCH", V1 + "/users");
    assertError(answer, 405, "method not allowed");
    assertThat(answer.headers().allValues("Allow")).containsExactly("GET", "POST", "OPTIONS");
    assertError(rest.sendInternal("OPTIONS", INTERNAL + "/alive"), 405, "method not allowed");
  }

  @Test
  void optionsNeedNoToken() {
    HttpResponse<String> answer = rest.send("OPTIONS", V1 + "/users/x");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.headers().allValues("Allow"))
        .containsExactly("GET", "PUT", "DELETE", "OPTIONS");
  }

  @ParameterizedTest
  @CsvSource({"GET, 301", "POST, 307", "OPTIONS, 307"})
  void aSlashTooManyIsRedirected(String method, int status) {
    HttpResponse<String> answer = rest.send(method, V1 + "/users/?id=a%20b");
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Location")).hasValue(V1 + "/users?id=a%20b");
  }

  private static void assertError(HttpResponse<String> answer, int status, String error) {
    new Rest.Answer(answer).is(status, error);
  }

  static Stream<String> withBodies() {
    return document.withBody().stream();
  }

  private static Rest.Call authenticated(Rest from, String operation, User user) {
    Rest.Call call = anyCall(from, operation);
    if (operation.equals("login")) {
      return call.header("Authorization", Rest.basic(user.email(), PASSWORD));
    }
    return call.token(user.token());
  }

  @ParameterizedTest
  @MethodSource("withBodies")
  void aBodyMustBeJsonAndSaySo(String operation) {
    User user = newUser();
    authenticated(rest, operation, user)
        .body(BodyPublishers.ofString("{}"))
        .send()
        .is(400, "Invalid value for Content-Type header: mime: no media type");
    authenticated(rest, operation, user)
        .header("Content-Type", "application/json; charset")
        .body(BodyPublishers.ofString("{}"))
        .send()
        .is(400, "Invalid value for Content-Type header: mime: invalid media parameter");
    authenticated(rest, operation, user)
        .header("Content-Type", "text/plain")
        .body(BodyPublishers.ofString("{}"))
        .send()
        .is(415, "Bad Content-Type, expected 'application/json'");
    for (String body : List.of("{", "[]", "\"x\"", "{} {}", "{}x", "nonsense")) {
      Rest.Answer answer = authenticated(rest, operation, user).json(body).send().is(400);
      assertThat(answer.json().path("error").asText())
          .matches("failed to decode request body: .*|cannot parse request body as json");
    }
  }

  @ParameterizedTest
  @MethodSource("withBodies")
  void aBodyMayNotBeTooLarge(String operation) {
    User user = newUser();
    byte[] body = new byte[document.maxBytes(operation) + 1];
    authenticated(rest, operation, user)
        .header("Content-Type", "application/json")
        .body(BodyPublishers.ofByteArray(body))
        .send()
        .is(413, "http: request body too large");
    authenticated(rest, operation, user)
        .header("Content-Type", "application/json")
        .body(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
        .send()
        .is(413, "http: request body too large");
  }

  /// Bodies turned over at random: whatever comes of them, it is described and no defect of ours.
  @ParameterizedTest
  @MethodSource("withBodies")
  void noBodyBreaksTheServer(String operation) {
    User user = newUser();
    Random random = new Random(operation.hashCode());
    byte[] seed = document.exampleBody(operation).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 150; i++) {
      Rest.Answer answer =
          authenticated(rest, operation, user)
              .header("Content-Type", "application/json")
              .body(BodyPublishers.ofByteArray(mutated(seed, random)))
              .send();
      assertThat(answer.status()).as(answer.body()).isLessThan(500);
    }
  }

  private static final List<String> HOSTILE =
      List.of(
          "\\u0000",
          "\\ud800",
          "\u0000",
          "é😀",
          "-1",
          "1e999",
          "99999999999999999999",
          "null",
          "[[[[[[[[",
          "{\"\":",
          "\",\"email\":\"a@b\",\"id\":\"../x",
          "a".repeat(5000),
          "' OR 1=1 --");

  private static byte[] mutated(byte[] seed, Random random) {
    byte[] bytes = seed.clone();
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(4)) {
      case 0 -> bytes[at] = (byte) random.nextInt(256);
      case 1 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 2 -> random.nextBytes(bytes);
      default -> {
        String text = new String(bytes, StandardCharsets.UTF_8);
        String hostile = HOSTILE.get(random.nextInt(HOSTILE.size()));
        int end = Math.min(text.length(), at + random.nextInt(8));
        return (text.substring(0, Math.min(at, text.length())) + hostile + text.substring(end))
            .getBytes(StandardCharsets.UTF_8);
      }
    }
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({
    "getUser, id, %00",
    "getUser, id, %ff",
    "deleteUser, id, %C3%28",
    "revokeToken, id, %00",
    "updateUser, id, %ff"
  })
  void anIdThatIsNotTextIsRefused(String operation, String parameter, String value) {
    rest.call(operation)
        .with(parameter, value)
        .token(newUser().token())
        .send()
        .is(400, "the path can be read in more than one way");
  }

  @ParameterizedTest
  @CsvSource({
    "getOpenApi",
    "alive",
    "logout",
    "getSettings",
    "getMySettings",
    "listTokens",
    "getPlanBinding",
    "health",
    "verify",
    "verifyByPost"
  })
  void anAmbiguousRequestIsRefused(String operation) {
    rest.call(operation).header("Transfer-Encoding", "gzip").send().is(400);
  }

  @Test
  void withoutUseradmThereIsNoAnswerNow() {
    Map<String, String> environment = platform.gatewayEnvironment();
    environment.put("GATEWAY_USERADM_TARGET", "127.0.0.1:" + Platform.freePort());
    try (GatewayServer lonely = GatewayServer.start(environment);
        Rest other =
            new Rest(
                platform,
                HttpClient.Version.HTTP_1_1,
                "https://localhost:" + lonely.port(),
                "https://localhost:" + lonely.internalPort().orElseThrow())) {
      for (String operation : with(503)) {
        Rest.Call call = authenticated(other, operation, new User("x", "x@y", "a.b.c"));
        Rest.Answer answer = withBody(operation, call).send();
        if (operation.equals("health")) {
          answer.is(503, "error reaching useradm-svc: UNAVAILABLE");
        } else {
          answer.is(503, "service unavailable");
          assertThat(answer.header("Retry-After")).hasValue("1");
        }
      }
      rest.seen().addAll(other.seen());
    }
  }

  /// The operations that can answer with this status.
  private static List<String> with(int status) {
    return document.answers().stream()
        .filter(answer -> answer.endsWith(" " + status))
        .map(answer -> answer.substring(0, answer.indexOf(' ')))
        .toList();
  }

  // Sessions

  @Test
  @Contract("login")
  void aLoginAnswersTheTokenAndNoByteMore() {
    String email = newEmail();
    platform.createUser(email, PASSWORD);
    Rest.Answer answer =
        rest.call("login")
            .header("Authorization", Rest.basic(email.toUpperCase(java.util.Locale.ROOT), PASSWORD))
            .header("Content-Type", "application/json; charset=UTF-8")
            .body(BodyPublishers.ofString("{\"token2fa\":\"123456\",\"no_expiry\":null}"))
            .send()
            .is(200);
    assertThat(answer.header("Content-Type")).hasValue("application/jwt");
    assertThat(Tokens.claims(answer.body()).has("exp")).isTrue();
    assertLive(answer.body());
    String unlimited =
        rest.call("login")
            .header("Authorization", Rest.basic(email, PASSWORD))
            .json("{\"no_expiry\":true}")
            .send()
            .is(200)
            .body();
    assertThat(Tokens.claims(unlimited).has("exp")).isFalse();
    rest.call("login")
        .header("Authorization", Rest.basic(email, PASSWORD))
        .json("{\"no_expiry\":1}")
        .send()
        .is(400, "cannot parse request body as json");
  }

  @Test
  void aRefusedLoginDoesNotSayWhy() {
    String email = newEmail();
    platform.createUser(email, PASSWORD);
    for (Rest.Answer answer :
        List.of(login(email, PASSWORD + "x"), login(newEmail(), PASSWORD), login("x", ""))) {
      answer.is(401, "unauthorized");
      assertThat(answer.header("WWW-Authenticate")).isEmpty();
    }
    rest.call("login").send().is(401, "invalid or missing auth header");
    rest.call("login")
        .header("Authorization", "Basic !!!")
        .send()
        .is(401, "invalid or missing auth header");
    login("", PASSWORD).is(401, "invalid or missing auth header");
  }

  @Test
  void tooManyFailedLoginsMustWait() {
    String email = newEmail();
    platform.createUser(email, PASSWORD);
    Rest.Answer answer = login(email, "wrong horse");
    for (int i = 0; i < 30 && answer.status() == 401; i++) {
      answer = login(email, "wrong horse");
    }
    answer.is(429, "too many requests");
    assertThat(Integer.parseInt(answer.header("Retry-After").orElseThrow())).isBetween(1, 60);
    login(email, PASSWORD).is(429);
  }

  @Test
  @Contract("logout")
  void aLogoutEndsTheTokenOfTheCall() {
    User user = newUser();
    String other = login(user.email(), PASSWORD).is(200).body();
    rest.call("logout").token(user.token()).send().is(202);
    assertEnded(user.token());
    assertLive(other);
    rest.call("logout").token(user.token()).send().is(401, "unauthorized");
  }

  // Users

  @Test
  @Contract({"createUser", "getUser"})
  void aUserIsMade() {
    User admin = newUser();
    String email = newEmail();
    Rest.Answer made =
        rest.call("createUser")
            .token(admin.token())
            .json(
                """
                {"email":"%s","password":"%s","id":"ignored","other":{}}\
                """
                    .formatted(email.toUpperCase(java.util.Locale.ROOT), PASSWORD))
            .send()
            .is(201);
    String location = made.header("Location").orElseThrow();
    assertThat(location).startsWith(V1 + "/users/");
    String id = location.substring(location.lastIndexOf('/') + 1);
    JsonNode user = rest.call("getUser").with("id", id).token(admin.token()).send().is(200).json();
    assertThat(user.path("id").asText()).isEqualTo(id).hasSize(36);
    assertThat(user.path("email").asText()).isEqualTo(email);
    assertThat(user.path("updated_ts")).isEqualTo(user.path("created_ts"));
    assertThat(user.fieldNames())
        .toIterable()
        .containsExactly("id", "email", "created_ts", "updated_ts");
    login(email, PASSWORD).is(200);
    assertThat(
            rest.call("getUser").with("id", id).token(admin.token()).send().json().has("login_ts"))
        .isTrue();
  }

  @Test
  void meIsTheCallerInLowerCaseOnly() {
    User user = newUser();
    assertThat(
            rest.call("getUser")
                .with("id", "me")
                .token(user.token())
                .send()
                .json()
                .path("id")
                .asText())
        .isEqualTo(user.id());
    rest.call("getUser").with("id", "ME").token(user.token()).send().is(404, "user not found");
    rest.call("getUser").with("id", "no%20body").token(user.token()).send().is(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | 400 | email: cannot be blank; password: cannot be blank.",
        "{'email':null,'password':null} | 400 | email: cannot be blank; password: cannot be blank.",
        "{'email':'NEW'} | 400 | password: cannot be blank.",
        "{'email':1,'password':'long enough'} | 400"
            + " | failed to decode request body: email: not a string",
        "{'email':'NEW','password':'\\ud800 long'} | 400"
            + " | failed to decode request body: password: half a character",
        "{'email':'NEW','password':'short'} | 422"
            + " | password: must be minimum 8 characters long",
        "{'email':'abcdefgh@example.com','password':'ABCDEFGH'} | 422"
            + " | password is too similar to the email",
        "{'email':'TAKEN','password':'correct horse'} | 422"
            + " | user with a given email already exists"
      })
  void aUserWhoBreaksARuleIsNotMade(String body, int status, String error) {
    User user = newUser();
    rest.call("createUser")
        .token(user.token())
        .json(
            body.replace('\'', '"')
                .replace("NEW", newEmail())
                .replace("TAKEN", user.email().toUpperCase(java.util.Locale.ROOT)))
        .send()
        .is(status, error);
  }

  @Test
  void aPasswordMayBeLongerThanBcryptTakes() {
    String email = newEmail();
    String password = "p".repeat(255) + "!";
    rest.call("createUser")
        .token(newUser().token())
        .json("{\"email\":\"%s\",\"password\":\"%s\"}".formatted(email, password))
        .send()
        .is(201);
    login(email, password).is(200);
    login(email, password.substring(0, 255) + "?").is(401);
  }

  @Test
  @Contract("listUsers")
  void usersAreListedByFilters() {
    User first = newUser();
    User second = newUser();
    assertThat(
            ids(
                rest.call("listUsers")
                    .token(first.token())
                    .query("id", second.id())
                    .query("id", first.id())))
        .containsExactly(first.id(), second.id());
    assertThat(
            ids(
                rest.call("listUsers")
                    .token(first.token())
                    .query("email", second.email().toUpperCase(java.util.Locale.ROOT))))
        .containsExactly(second.id());
    assertThat(ids(rest.call("listUsers").token(first.token()).query("id", "nobody"))).isEmpty();
    long now = Instant.now().getEpochSecond();
    assertThat(
            ids(
                rest.call("listUsers")
                    .token(first.token())
                    .query("id", first.id())
                    .query("created_after", now - 3600)
                    .query("created_before", now + 3600)
                    .query("updated_after", now - 3600)
                    .query("updated_before", now + 3600)))
        .containsExactly(first.id());
    assertThat(ids(rest.call("listUsers").token(first.token()).query("created_after", now + 3600)))
        .isEmpty();
    assertThat(
            ids(
                rest.call("listUsers")
                    .token(first.token())
                    .query("updated_before", Long.MIN_VALUE)))
        .isEmpty();
    rest.call("listUsers")
        .token(first.token())
        .query("created_before", "soon")
        .send()
        .is(400, "api: invalid form values: created_before: \"soon\" is not a number");
  }

  @Test
  void moreFiltersThanAllowedAreRefused() {
    Rest.Call call = rest.call("listUsers").token(newUser().token());
    for (int i = 0; i < 501; i++) {
      call.query("id", i);
    }
    call.send().is(400);
  }

  private static List<String> ids(Rest.Call list) {
    List<String> ids = new ArrayList<>();
    list.send().is(200).json().forEach(user -> ids.add(user.path("id").asText()));
    return ids;
  }

  /// More than two pages of the rpc, as one array, by every protocol.
  @Test
  void aLongListIsStreamedWhole() throws IOException {
    String token = newUser().token();
    String prefix = "many-" + UUID.randomUUID() + "-";
    for (int i = 0; i < 1100; i++) {
      makeTenantUser(
              "\"id\":\"%s%d\",\"password_hash\":\"%s\"".formatted(prefix, i, BCRYPT), newEmail())
          .is(201);
    }
    List<String> ids = ids(rest.call("listUsers").token(token));
    assertThat(ids).doesNotHaveDuplicates();
    assertThat(ids.stream().filter(id -> id.startsWith(prefix))).hasSize(1100);
    assertThat(ids(rest.call("listTenantUsers").with("tenant_id", "default"))).isEqualTo(ids);
    try (Rest other = Rest.of(platform, HttpClient.Version.HTTP_2)) {
      assertThat(ids(other.call("listUsers").token(token))).isEqualTo(ids);
    }
    String old =
        raw("GET " + V1 + "/users HTTP/1.0\r\nAuthorization: Bearer " + token + "\r\n\r\n");
    assertThat(old).contains("200 OK").doesNotContain("chunked").endsWith("}]");
    assertThat(old.split("\"email\"", -1)).hasSize(ids.size() + 1);
  }

  /// The whole answer, to the end of the connection.
  private static String raw(String request) throws IOException {
    try (Socket socket =
        Client.trusting(platform.caCertificate())
            .getSocketFactory()
            .createSocket("localhost", platform.gatewayPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  @Contract("updateUser")
  void aNewPasswordEndsTheOtherSessionsAndKeepsPersonalAccessTokens() {
    User user = newUser();
    String otherSession = login(user.email(), PASSWORD).is(200).body();
    String personal = newToken(user, "build server");
    rest.call("updateUser")
        .with("id", "mE")
        .token(user.token())
        .json("{\"password\":\"another horse\",\"current_password\":\"%s\"}".formatted(PASSWORD))
        .send()
        .is(204);
    assertEnded(otherSession);
    assertLive(user.token());
    assertLive(personal);
    login(user.email(), PASSWORD).is(401);
    rest.call("updateUser")
        .with("id", user.id())
        .token(user.token())
        .json(
            """
            {"password":"third horse","current_password":"another horse","revoke_tokens":true}\
            """)
        .send()
        .is(204);
    assertEnded(personal);
    assertLive(user.token());
    login(user.email(), "third horse").is(200);
  }

  @Test
  void anotherEmailEndsNothing() {
    User user = newUser();
    String otherSession = login(user.email(), PASSWORD).is(200).body();
    String email = newEmail();
    rest.call("updateUser")
        .with("id", "me")
        .token(user.token())
        .json("{\"email\":\"%s\",\"current_password\":\"%s\"}".formatted(email, PASSWORD))
        .send()
        .is(204);
    assertLive(otherSession);
    login(email, PASSWORD).is(200);
    login(user.email(), PASSWORD).is(401);
  }

  @Test
  void theEmailOfAnotherUserMayBeChangedAndTheirPasswordMayNot() {
    User user = newUser();
    User other = newUser();
    String email = newEmail();
    rest.call("updateUser")
        .with("id", other.id())
        .token(user.token())
        .json("{\"email\":\"%s\"}".formatted(email))
        .send()
        .is(204);
    login(email, PASSWORD).is(200);
    rest.call("updateUser")
        .with("id", other.id())
        .token(user.token())
        .json("{\"password\":\"another horse\",\"current_password\":\"%s\"}".formatted(PASSWORD))
        .send()
        .is(422, "password cannot be modified");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "me | {} | 400 | no update information provided",
        "me | {'current_password':'x'} | 400 | no update information provided",
        "me | {'password':5} | 400 | failed to decode request body: password: not a string",
        "me | {'password':'another horse','revoke_tokens':'yes'} | 400"
            + " | failed to decode request body: revoke_tokens: not a boolean",
        "me | {'email':'nonsense'} | 400 | email: must be a valid email address.",
        "me | {'password':'short','current_password':'CURRENT'} | 422"
            + " | password: must be minimum 8 characters long",
        "me | {'password':'another horse'} | 422 | current password mismatch",
        "me | {'password':'another horse','current_password':'wrong'} | 422"
            + " | current password mismatch",
        "me | {'email':'NEW'} | 422 | current password mismatch",
        "me | {'email':'TAKEN','current_password':'CURRENT'} | 422"
            + " | user with a given email already exists",
        "nobody | {'email':'NEW'} | 404 | user not found"
      })
  void aChangeThatBreaksARuleIsNotMade(String id, String body, int status, String error) {
    User user = newUser();
    rest.call("updateUser")
        .with("id", id)
        .token(user.token())
        .json(
            body.replace('\'', '"')
                .replace("NEW", newEmail())
                .replace("CURRENT", PASSWORD)
                .replace("TAKEN", newUser().email()))
        .send()
        .is(status, error);
    login(user.email(), PASSWORD).is(200);
  }

  @ParameterizedTest
  @CsvSource({"updateUser", "updateMe"})
  void tooManyWrongPasswordsMustWait(String operation) {
    User user = newUser();
    Rest.Answer answer = wrongPassword(operation, user);
    for (int i = 0; i < 30 && answer.status() == 422; i++) {
      answer = wrongPassword(operation, user);
    }
    answer.is(429, "too many requests");
    assertThat(Integer.parseInt(answer.header("Retry-After").orElseThrow())).isBetween(1, 60);
  }

  private static Rest.Answer wrongPassword(String operation, User user) {
    Rest.Call call = rest.call(operation).token(user.token());
    return (operation.equals("updateUser") ? call.with("id", "me") : call)
        .json("{\"password\":\"another horse\",\"current_password\":\"wrong\"}")
        .send();
  }

  @Test
  @Contract("updateMe")
  void versionTwoChangesThePasswordOnly() {
    User user = newUser();
    String otherSession = login(user.email(), PASSWORD).is(200).body();
    String personal = newToken(user, "build server");
    rest.call("updateMe").token(user.token()).json("{}").send().is(204);
    rest.call("updateMe")
        .token(user.token())
        .json("{\"email\":\"%s\",\"current_password\":\"%s\"}".formatted(newEmail(), PASSWORD))
        .send()
        .is(204);
    assertLive(otherSession);
    rest.call("updateMe")
        .token(user.token())
        .json("{\"password\":\"another horse\",\"current_password\":\"wrong\"}")
        .send()
        .is(422, "current password mismatch");
    rest.call("updateMe")
        .token(user.token())
        .json("{\"password\":\"another horse\",\"current_password\":\"%s\"}".formatted(PASSWORD))
        .send()
        .is(204);
    assertEnded(otherSession);
    assertLive(user.token());
    assertLive(personal);
    login(user.email(), "another horse").is(200);
    rest.call("updateMe").token(user.token()).json("{\"password\":[]}").send().is(400);
  }

  @Test
  @Contract("deleteUser")
  void aDeletedUserHasNoTokens() {
    User user = newUser();
    User other = newUser();
    String personal = newToken(user, "build server");
    rest.call("deleteUser").with("id", "me").token(user.token()).send().is(204);
    assertLive(user.token());
    rest.call("deleteUser").with("id", user.id()).token(other.token()).send().is(204);
    assertEnded(user.token());
    assertEnded(personal);
    login(user.email(), PASSWORD).is(401);
    rest.call("deleteUser").with("id", user.id()).token(other.token()).send().is(204);
    rest.call("deleteUser").with("id", other.id()).token(other.token()).send().is(204);
    assertEnded(other.token());
  }

  // Settings

  @Test
  @Contract({"getMySettings", "putMySettings"})
  void settingsOfAUserAreReplacedWhole() {
    User user = newUser();
    assertSettings("getMySettings", "putMySettings", user);
    Rest.Answer mine = rest.call("getMySettings").token(newUser().token()).send().is(200);
    assertThat(mine.body()).isEqualTo("{}");
    assertThat(mine.header("ETag")).isEmpty();
    rest.call("putMySettings")
        .token(newUser().token())
        .header("If-Match", "whatever")
        .json("{}")
        .send()
        .is(201);
  }

  @Test
  @Contract({"getSettings", "putSettings"})
  void settingsOfEverybodyAreReplacedWhole() {
    User user = newUser();
    assertSettings("getSettings", "putSettings", user);
    assertThat(rest.call("getSettings").token(newUser().token()).send().json().path("x").asInt())
        .isEqualTo(2);
    assertThat(rest.call("getMySettings").token(user.token()).send().body()).isEqualTo("{}");
  }

  private static void assertSettings(String get, String put, User user) {
    rest.call(put)
        .token(user.token())
        .json(
            "{\"a\":{\"b\":[1,2.50,null]},\"c\":\"é\",\"_id\":1,\"etag\":\"x\",\"user_id\":\"y\"}")
        .send()
        .is(201);
    Rest.Answer first = rest.call(get).token(user.token()).send().is(200);
    assertThat(first.json().toString()).isEqualTo("{\"a\":{\"b\":[1,2.5,null]},\"c\":\"é\"}");
    String etag = first.header("ETag").orElseThrow();
    rest.call(put)
        .token(user.token())
        .header("If-Match", "\"" + etag + "\"")
        .json("{}")
        .send()
        .is(412, "ETag doesn't match");
    rest.call(put)
        .token(user.token())
        .header("If-Match", etag)
        .json("{\"x\":1,\"x\":2}")
        .send()
        .is(201);
    Rest.Answer second = rest.call(get).token(user.token()).send().is(200);
    assertThat(second.json().toString()).isEqualTo("{\"x\":2}");
    assertThat(second.header("ETag").orElseThrow()).isNotEqualTo(etag);
    rest.call(put).token(user.token()).header("If-Match", etag).json("{}").send().is(412);
  }

  @Test
  void settingsHaveLimits() {
    User user = newUser();
    StringBuilder members = new StringBuilder("{\"0\":0");
    for (int i = 1; i <= 1024; i++) {
      members.append(",\"").append(i).append("\":0");
    }
    rest.call("putMySettings")
        .token(user.token())
        .json(members + "}")
        .send()
        .is(400, "Values: the length must be no more than 1024.");
    for (String body :
        List.of(
            "{\"" + "k".repeat(129) + "\":1}",
            "{\"k\":\"" + "v".repeat(4097) + "\"}",
            "{\"a\":\"\\ud800\"}")) {
      rest.call("putMySettings").token(user.token()).json(body).send().is(400);
    }
    String large = "{\"" + "k".repeat(128) + "\":[\"" + "v".repeat(500_000) + "\"]}";
    rest.call("putMySettings").token(user.token()).json(large).send().is(201);
    assertThat(rest.call("getMySettings").token(user.token()).send().is(200).body())
        .hasSize(large.length());
    rest.call("putMySettings")
        .token(user.token())
        .json("")
        .send()
        .is(400, "cannot parse request body as json");
  }

  // Personal access tokens

  private static String newToken(User user, String name) {
    return rest.call("createToken")
        .token(user.token())
        .json("{\"name\":\"" + name + "\"}")
        .send()
        .is(200)
        .body();
  }

  @Test
  @Contract({"createToken", "listTokens"})
  void aPersonalAccessTokenIsATokenLikeAnyOther() {
    User user = newUser();
    Rest.Answer made =
        rest.call("createToken")
            .token(user.token())
            .json("{\"name\":\"build server\",\"expires_in\":3600}")
            .send()
            .is(200);
    assertThat(made.header("Content-Type")).hasValue("application/jwt");
    JsonNode claims = Tokens.claims(made.body());
    assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(3600);
    assertThat(claims.path("scp").asText()).isEqualTo("mender.*");
    assertLive(made.body());
    assertThat(Tokens.claims(newToken(user, "for ever")).has("exp")).isFalse();
    JsonNode list = rest.call("listTokens").token(user.token()).send().is(200).json();
    assertThat(list.findValuesAsText("name")).containsExactly("build server", "for ever");
    assertThat(list.path(0).path("id")).isEqualTo(claims.path("jti"));
    assertThat(list.path(0).has("expiration_date")).isTrue();
    assertThat(list.path(1).has("expiration_date")).isFalse();
    assertThat(rest.call("listTokens").token(newUser().token()).send().json()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | 400 | name: cannot be blank.",
        "{'name':''} | 400 | name: cannot be blank.",
        "{'name':'x','expires_in':-1} | 400 | expires_in: must be no less than 0.",
        "{'name':'x','expires_in':31536001} | 400"
            + " | expires_in: must be no greater than 31536000.",
        "{'name':'x','expires_in':1.5} | 400 | cannot parse request body as json",
        "{'name':'x','expires_in':'1'} | 400 | cannot parse request body as json",
        "{'name':5} | 400 | cannot parse request body as json",
        "{'name':'taken'} | 409 | Personal Access Token with a given name already exists"
      })
  void aTokenThatBreaksARuleIsNotMade(String body, int status, String error) {
    User user = newUser();
    newToken(user, "taken");
    rest.call("createToken")
        .token(user.token())
        .json(body.replace('\'', '"'))
        .send()
        .is(status, error);
    newToken(newUser(), "taken");
  }

  @Test
  void thereAreTenTokensAtMost() {
    User user = newUser();
    for (int i = 0; i < 10; i++) {
      newToken(user, "token " + i);
    }
    rest.call("createToken")
        .token(user.token())
        .json("{\"name\":\"eleventh\"}")
        .send()
        .is(422, "maximum number of personal acess tokens reached for this user");
  }

  @Test
  @Contract("revokeToken")
  void usersEndTheirOwnTokensAndNoOthers() {
    User user = newUser();
    String personal = newToken(user, "build server");
    String session = login(user.email(), PASSWORD).is(200).body();
    User other = newUser();
    String theirs = Tokens.claims(other.token()).path("jti").asText();
    rest.call("revokeToken").with("id", theirs).token(user.token()).send().is(204);
    assertLive(other.token());
    for (String token : List.of(personal, session)) {
      String id = Tokens.claims(token).path("jti").asText();
      rest.call("revokeToken").with("id", id).token(user.token()).send().is(204);
      assertEnded(token);
    }
    rest.call("revokeToken").with("id", "none").token(user.token()).send().is(204);
    assertThat(rest.call("listTokens").token(user.token()).send().json()).isEmpty();
  }

  // Plans

  @Test
  @Contract({"listPlans", "getPlanBinding"})
  void thereIsOnePlan() {
    String token = newUser().token();
    Rest.Answer plans = rest.call("listPlans").token(token).send().is(200);
    assertThat(plans.json()).hasSize(1);
    assertThat(plans.json().path(0).path("name").asText()).isEqualTo("Mender_Open_Source");
    assertThat(plans.headers("Link"))
        .containsExactly("<" + V1 + "/plans?page=1&per_page=20>; rel=\"first\"");
    Rest.Answer second =
        rest.call("listPlans").token(token).query("per_page", 1).query("page", 2).send().is(200);
    assertThat(second.json()).isEmpty();
    assertThat(second.headers("Link"))
        .containsExactly(
            "<" + V1 + "/plans?page=1&per_page=1>; rel=\"first\"",
            "<" + V1 + "/plans?page=1&per_page=1>; rel=\"prev\"");
    assertThat(rest.call("getPlanBinding").token(token).send().is(200).json().path("plan"))
        .isEqualTo(plans.json().path(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "page | x | invalid page query: \"x\"",
        "page | 0 | invalid page query: value must be a non-zero positive integer",
        "per_page | 501 | parameter \"per_page\" above limit (max: 500)"
      })
  void aPageThatIsNoneIsRefused(String name, String value, String error) {
    rest.call("listPlans").token(newUser().token()).query(name, value).send().is(400, error);
  }

  // The internal API

  @Test
  @Contract({"alive", "health"})
  void theGatewayIsAliveAndHealthy() {
    rest.call("alive").send().is(204);
    rest.call("health").send().is(204);
  }

  static Stream<String> internal() {
    return document.operations().stream().filter(operation -> document.isInternal(operation));
  }

  @ParameterizedTest
  @MethodSource("internal")
  void onlyNamedCallersMayUseTheInternalApi(String operation) {
    Rest.Call call = anyCall(rest, operation).as("deviceauth");
    withBody(operation, call)
        .send()
        .is(403, "caller \"deviceauth\": not one of GATEWAY_INTERNAL_CALLERS");
  }

  @Test
  void aCallerWithoutCertificateGetsNoAnswer() {
    try (Client client =
        new Client(
            "https://localhost:" + platform.internalPort(),
            platform.caCertificate(),
            HttpClient.Version.HTTP_1_1)) {
      assertThatThrownBy(() -> client.send(client.request(INTERNAL + "/alive")))
          .isInstanceOf(UncheckedIOException.class);
    }
  }

  @Test
  void whoReachesThePortMayCallWhenTheSettingsSaySo() {
    Map<String, String> environment = platform.gatewayEnvironment();
    environment.put("GATEWAY_INTERNAL_ACCESS", "ANYONE_WHO_REACHES_THE_PORT");
    environment.put("GATEWAY_TENANT_ID", "acme");
    try (GatewayServer open = GatewayServer.start(environment);
        Rest other =
            new Rest(
                platform,
                HttpClient.Version.HTTP_1_1,
                "https://localhost:" + open.port(),
                "http://localhost:" + open.internalPort().orElseThrow())) {
      other.call("health").send().is(204);
      other.call("createTenant").json("{\"tenant_id\":\"acme\"}").send().is(201);
      other.call("createTenant").json("{\"tenant_id\":\"default\"}").send().is(422);
    }
  }

  @Test
  void thereIsNoInternalPortUnlessItIsAskedFor() {
    Map<String, String> environment = platform.gatewayEnvironment();
    environment.remove("GATEWAY_INTERNAL_LISTEN");
    try (GatewayServer closed = GatewayServer.start(environment)) {
      assertThat(closed.internalPort()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"verify", "verifyByPost"})
  @Contract({"verify", "verifyByPost"})
  void verifyingNeedsATokenAndNothingElse(String operation) {
    User user = newUser();
    rest.call(operation).token(user.token()).send().is(200);
    rest.call(operation).header("Cookie", "JWT=" + user.token()).send().is(200);
    rest.call("logout").token(user.token()).send().is(202);
    rest.call(operation).token(user.token()).send().is(401, "unauthorized");
  }

  @Test
  @Contract("createTenant")
  void thereIsOneTenant() {
    rest.call("createTenant").json("{\"tenant_id\":\"default\"}").send().is(201);
    rest.call("createTenant").json("{\"tenant_id\":\"default\"}").send().is(201);
    rest.call("createTenant").json("{}").send().is(400, "tenant_id: cannot be blank.");
    rest.call("createTenant")
        .json("{\"tenant_id\":\"acme\"}")
        .send()
        .is(422, "tenant_id: this installation has one tenant, \"default\", and makes no other");
  }

  @Test
  @Contract("createTenantUser")
  void aUserIsMadeWithAnIdAndWithAHash() {
    String email = newEmail();
    String id = "id-" + UUID.randomUUID();
    makeTenantUser("\"id\":\"%s\",\"password_hash\":\"%s\"".formatted(id, BCRYPT), email).is(201);
    assertThat(Tokens.claims(login(email, PASSWORD).is(200).body()).path("sub").asText())
        .isEqualTo(id);
    makeTenantUser("\"id\":\"%s\",\"password\":\"%s\"".formatted(id, PASSWORD), newEmail())
        .is(422, "user with a given id already exists");
    makeTenantUser("\"password\":\"%s\"".formatted(PASSWORD), email)
        .is(422, "user with a given email already exists");
    String plain = newEmail();
    makeTenantUser("\"password\":\"%s\",\"propagate\":false".formatted(PASSWORD), plain).is(201);
    login(plain, PASSWORD).is(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'id':'x' | password *or* password_hash must be provided",
        "'password':'correct horse','password_hash':'HASH'"
            + " | password *or* password_hash must be provided",
        "'password':'short' | password: must be minimum 8 characters long",
        "'password':[] | failed to decode request body: password: not a string",
        "'password':'correct horse','id':'a b' | id: must be 1 to 128 characters of A-Z, a-z,"
            + " 0-9, '.', '_' and '-'."
      })
  void aTenantUserWhoBreaksARuleIsNotMade(String members, String error) {
    makeTenantUser(members.replace('\'', '"').replace("HASH", BCRYPT), newEmail()).is(400, error);
  }

  private static Rest.Answer makeTenantUser(String members, String email) {
    return rest.call("createTenantUser")
        .with("tenant_id", "default")
        .json("{\"email\":\"" + email + "\"," + members + "}")
        .send();
  }

  @Test
  void anotherTenantHasNoUsers() {
    User user = newUser();
    for (String tenant : List.of("acme", "")) {
      rest.call("createTenantUser")
          .with("tenant_id", tenant)
          .json("{\"email\":\"%s\",\"password\":\"%s\"}".formatted(newEmail(), PASSWORD))
          .send()
          .is(404, "Entity not found");
      assertThat(ids(rest.call("listTenantUsers").with("tenant_id", tenant))).isEmpty();
      rest.call("deleteTenantUser")
          .with("tenant_id", tenant)
          .with("user_id", user.id())
          .send()
          .is(204);
    }
    rest.call("revokeTokens").query("tenant_id", "acme").query("user_id", user.id()).send().is(204);
    assertLive(user.token());
  }

  @Test
  @Contract({"listTenantUsers", "deleteTenantUser"})
  void usersOfTheTenantAreListedAndDeleted() {
    User user = newUser();
    assertThat(
            ids(
                rest.call("listTenantUsers")
                    .with("tenant_id", "default")
                    .query("email", user.email())))
        .containsExactly(user.id());
    rest.call("listTenantUsers")
        .with("tenant_id", "default")
        .query("updated_after", "x")
        .send()
        .is(400, "api: invalid form values: updated_after: \"x\" is not a number");
    for (int i = 0; i < 2; i++) {
      rest.call("deleteTenantUser")
          .with("tenant_id", "default")
          .with("user_id", user.id())
          .send()
          .is(204);
    }
    assertEnded(user.token());
    rest.call("deleteTenantUser")
        .with("tenant_id", "default")
        .with("user_id", "%ff")
        .send()
        .is(400);
  }

  @Test
  @Contract("revokeTokens")
  void allTokensOfAUserOrOfEverybodyAreEnded() {
    User user = newUser();
    User other = newUser();
    String personal = newToken(user, "build server");
    rest.call("revokeTokens")
        .query("tenant_id", "default")
        .query("user_id", user.id())
        .send()
        .is(204);
    assertEnded(user.token());
    assertEnded(personal);
    assertLive(other.token());
    rest.call("revokeTokens").query("tenant_id", "default").send().is(204);
    assertEnded(other.token());
    rest.call("revokeTokens").send().is(400, "tenant_id must be provided");
    rest.call("revokeTokens").query("tenant_id", "").send().is(400, "tenant_id must be provided");
  }
}
