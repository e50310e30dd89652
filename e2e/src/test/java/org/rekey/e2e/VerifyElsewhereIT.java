package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.Duration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.e2e.ThirdParty.KeysAt;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.e2e.rest.Contract;
import org.rekey.e2e.rest.Coverage;
import org.rekey.e2e.rest.OpenApi;
import org.rekey.e2e.rest.Rest;
import org.rekey.gateway.GatewayServer;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.ActivateKeyResponse;
import org.rekey.proto.keystore.v1.CompromiseKeyRequest;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.runtime.client.ClientSecret;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// Verifiers elsewhere: they know an address and other people's JOSE libraries, and no more.
class VerifyElsewhereIT {
  private static final String USERADM = "/.well-known/rekey/useradm";
  private static final String DEVICEAUTH = "/.well-known/rekey/deviceauth";
  private static final String EMAIL = "elsewhere@example.com";
  private static final String PASSWORD = "correct horse battery";
  private static final java.time.Duration MIN_ANNOUNCED = java.time.Duration.ofSeconds(6);
  private static final java.time.Duration SOON = java.time.Duration.ofSeconds(30);

  /// With every right; others have one each.
  private static final String ALL = "all";

  private static final Map<String, String> SECRETS = new LinkedHashMap<>();

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static final Coverage coverage = new Coverage(VerifyElsewhereIT.class);
  private static Platform platform;
  private static Rest rest;
  private static OpenApi document;
  private static Client client;
  private static DeviceMember device;

  @BeforeAll
  static void start() {
    for (String id : List.of(ALL, "users", "devices", "revoker", "late")) {
      SECRETS.put(id, ClientSecret.generate(new SecureRandom()));
    }
    writeClients(List.of(ALL, "users", "devices", "revoker"));
    platform =
        Platform.builder(directory, POSTGRES)
            .keystoreSetting("KEYSTORE_MIN_ANNOUNCED", MIN_ANNOUNCED.toSeconds() + "s")
            .gatewaySetting("GATEWAY_JWKS_MAX_AGE", "2s")
            .gatewaySetting("GATEWAY_CLIENTS", clientsFile().toString())
            .gatewaySetting("GATEWAY_FAILED_CLIENTS_PER_ADDRESS", "off")
            .start();
    rest = Rest.of(platform, HttpClient.Version.HTTP_1_1);
    document = rest.document().only(VerifyElsewhereIT::isElsewhere);
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
    platform.createUser(EMAIL, PASSWORD);
    device = DeviceOwner.of(platform, client).preauthorize(DeviceStandIn.fresh());
  }

  private static boolean isElsewhere(String path) {
    return path.startsWith("/.well-known/") || path.startsWith("/oauth2/");
  }

  /// When all tests have run, they have seen every answer that the document describes.
  @AfterAll
  static void stop() {
    client.close();
    rest.close();
    platform.close();
    coverage.everyAnswerWasSeen(document, rest.seen(), Set.of());
  }

  @BeforeEach
  void count(TestInfo test) {
    coverage.ran(test);
  }

  private static Path clientsFile() {
    return directory.resolve("clients.yaml");
  }

  private static void writeClients(List<String> ids) {
    Map<String, String> rights =
        Map.of(
            ALL,
            "introspect-users, introspect-devices, revoke-users, revoke-devices",
            "users",
            "introspect-users",
            "devices",
            "introspect-devices, revoke-devices",
            "revoker",
            "revoke-users",
            "late",
            "introspect-users");
    StringBuilder yaml = new StringBuilder("clients:\n");
    for (String id : ids) {
      yaml.append(
          "  - id: %s\n    secret_sha256: %s\n    may: [%s]\n"
              .formatted(id, ClientSecret.sha256(secret(id)), rights.get(id)));
    }
    try {
      Files.writeString(clientsFile(), yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String secret(String id) {
    return Objects.requireNonNull(SECRETS.get(id), id);
  }

  private static String login() {
    return client.login(EMAIL, PASSWORD);
  }

  private static Rest.Call asClient(Rest from, String operation, String id) {
    return from.call(operation).header("Authorization", Rest.basic(id, secret(id)));
  }

  private static Rest.Call asClient(String operation, String id) {
    return asClient(rest, operation, id);
  }

  private static String form(String token) {
    return "token=" + URLEncoder.encode(token, StandardCharsets.UTF_8);
  }

  private static JsonNode introspect(String id, String token) {
    return asClient("introspect", id).form(form(token)).send().is(200).json();
  }

  private static void assertInactive(String id, String token) {
    assertThat(introspect(id, token).toString()).isEqualTo("{\"active\":false}");
  }

  // Keys

  private static long announce(String ring, String type) {
    return platform
        .admin()
        .generateKey(GenerateKeyRequest.newBuilder().setRing(ring).setType(type).build())
        .getKey()
        .getKid();
  }

  private static ActivateKeyRequest.Builder activation(String ring, long kid) {
    return ActivateKeyRequest.newBuilder()
        .setRing(ring)
        .setKid(kid)
        .setWait(Duration.newBuilder().setSeconds(25));
  }

  /// Without a wait for anybody elsewhere, where a test is about something else.
  private static void activateAtOnce(String ring, long kid) {
    platform.awaitAllCaughtUp();
    platform
        .admin()
        .activateKey(
            activation(ring, kid)
                .setWait(Duration.getDefaultInstance())
                .setOverride(true)
                .setReason("nobody elsewhere keeps keys")
                .build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rsa-3072",
        "p-256",
        "p-384",
        "p-521",
        "ed25519",
        "ml-dsa-44",
        "ml-dsa-65",
        "ml-dsa-87"
      })
  void tokensOfEveryKindOfKeyAreVerifiedWithTheKeysThatArePublished(String type) {
    ThirdParty ofUsers = new ThirdParty(client, USERADM + "/metadata.json");
    ThirdParty ofDevices = new ThirdParty(client, DEVICEAUTH + "/metadata.json");
    String before = login();
    activateAtOnce("useradm", announce("useradm", type));
    activateAtOnce("deviceauth", announce("deviceauth", type));

    String after = login();
    String deviceToken = device.token(client);

    assertThat(Tokens.kid(after)).isGreaterThan(Tokens.kid(before));
    await().atMost(SOON).until(() -> ofUsers.fetch().kids().contains(kid(after)));
    assertThat(ofUsers.verify(after, ofUsers.fetch())).isEqualTo(subject(after));
    assertThat(ofUsers.verify(before, ofUsers.fetch())).isEqualTo(subject(before));
    await().atMost(SOON).until(() -> ofDevices.fetch().kids().contains(kid(deviceToken)));
    assertThat(ofDevices.verify(deviceToken, ofDevices.fetch())).isEqualTo(device.id());
  }

  private static String kid(String token) {
    return Long.toString(Tokens.kid(token));
  }

  private static String subject(String token) {
    return Tokens.claims(token).path("sub").asText();
  }

  @Test
  void aKeyIsPublishedFromItsAnnouncementUntilItIsTrustedNoMore() {
    ThirdParty thirdParty = new ThirdParty(client, USERADM + "/metadata.json");
    String old = kid(login());
    String retired = Long.toString(announce("useradm", "ed25519"));
    await().atMost(SOON).until(() -> thirdParty.fetch().kids().contains(retired));
    assertThat(thirdParty.fetch().kids()).contains(old);

    platform
        .admin()
        .retireKey(
            RetireKeyRequest.newBuilder()
                .setRing("useradm")
                .setKid(Long.parseLong(retired))
                .setForce(true)
                .setReason("never needed")
                .build());
    await().atMost(SOON).until(() -> !thirdParty.fetch().kids().contains(retired));
    assertThat(thirdParty.fetch().kids()).contains(old);

    String token = login();
    platform
        .admin()
        .compromiseKey(
            CompromiseKeyRequest.newBuilder()
                .setRing("useradm")
                .setKid(Tokens.kid(token))
                .setReason("leaked")
                .build());
    await().atMost(SOON).until(() -> !thirdParty.fetch().kids().contains(kid(token)));
    assertThat(thirdParty.fetch().kids()).isNotEmpty();
    assertInactive(ALL, token);
  }

  /// Fetches keys when those it has are older than they may be, and never because of a token.
  private static final class Cache {
    private final ThirdParty thirdParty;
    private KeysAt keys;

    Cache(ThirdParty thirdParty) {
      this.thirdParty = thirdParty;
      this.keys = thirdParty.fetch();
    }

    boolean knows(String token) {
      if (!keys.isFresh()) {
        keys = thirdParty.fetch();
      }
      return keys.kids().contains(kid(token));
    }
  }

  @Test
  void aVerifierThatKeepsKeysMeetsNoUnknownKidDuringARotation() throws Exception {
    Cache cache = new Cache(new ThirdParty(client, USERADM + "/metadata.json"));
    long kid = announce("useradm", "ed25519");
    long announced = System.nanoTime();
    CompletableFuture<ActivateKeyResponse> activated =
        CompletableFuture.supplyAsync(
            () -> platform.admin().activateKey(activation("useradm", kid).build()));

    List<Long> kids = new ArrayList<>();
    while (kids.isEmpty() || kids.getLast() != kid) {
      String token = login();
      assertThat(cache.knows(token)).as("kid %s", kid(token)).isTrue();
      kids.add(Tokens.kid(token));
      assertThat(System.nanoTime() - announced).isLessThan(SOON.toNanos() * 2);
    }

    assertThat(activated.get().getOverriddenList()).isEmpty();
    assertThat(kids).contains(kid).hasSizeGreaterThan(2);
    assertThat(System.nanoTime() - announced).isGreaterThan(MIN_ANNOUNCED.toNanos() / 2);
  }

  @Test
  void oneWhomNobodyWaitsForMeetsAnUnknownKid() {
    Cache cache = new Cache(new ThirdParty(client, USERADM + "/metadata.json"));
    long kid = announce("useradm", "ed25519");
    platform.awaitAllCaughtUp();
    cache.keys = new KeysAt(cache.keys.jwks(), System.nanoTime(), java.time.Duration.ofMinutes(1));
    activateAtOnce("useradm", kid);

    assertThat(cache.knows(login())).isFalse();
    assertThat(platform.key("useradm", kid).getKid()).isEqualTo(kid);
  }

  @ParameterizedTest
  @CsvSource({
    "getUserKeys, application/jwk-set+json",
    "getDeviceKeys, application/jwk-set+json",
    "getUserIssuer, application/json; charset=utf-8",
    "getDeviceIssuer, application/json; charset=utf-8"
  })
  @Contract({"getUserKeys", "getDeviceKeys", "getUserIssuer", "getDeviceIssuer"})
  void whoHasItAlreadyIsNotSentItAgain(String operation, String type) {
    Rest.Answer answer = rest.call(operation).send().is(200);
    assertThat(answer.header("Content-Type")).hasValue(type);
    assertThat(answer.header("Cache-Control"))
        .hasValue(operation.endsWith("Keys") ? "public, max-age=2, must-revalidate" : "no-store");
    assertThat(answer.header("Rekey-Key-Log-Epoch").map(Long::parseLong).orElse(0L)).isPositive();
    String tag = answer.header("ETag").orElseThrow();

    for (String known : List.of(tag, "W/" + tag, "\"a\", " + tag, "*")) {
      Rest.Answer again = rest.call(operation).header("If-None-Match", known).send().is(304);
      assertThat(again.body()).isEmpty();
      assertThat(again.header("ETag")).hasValue(tag);
    }
    rest.call(operation).header("If-None-Match", "\"a\"").send().is(200);
    rest.call(operation).header("Transfer-Encoding", "gzip").send().is(400);
  }

  @Test
  void theTagIsAnotherWhenTheKeysAre() {
    String before = rest.call("getUserKeys").send().is(200).header("ETag").orElseThrow();
    announce("useradm", "ed25519");
    await()
        .atMost(SOON)
        .until(
            () -> rest.call("getUserKeys").header("If-None-Match", before).send().status() == 200);
  }

  @Test
  void theMetadataNameWhatIsThereAndNothingElse() {
    JsonNode metadata = rest.call("getUserIssuer").send().is(200).json();
    assertThat(metadata.path("issuer").asText())
        .isEqualTo(Tokens.claims(login()).path("iss").asText());
    assertThat(metadata.path("jwks_uri").asText())
        .isEqualTo(platform.gatewayUrl() + USERADM + "/jwks.json");
    assertThat(metadata.path("introspection_endpoint").asText())
        .isEqualTo(platform.gatewayUrl() + "/oauth2/introspect");
    assertThat(metadata.path("revocation_endpoint").asText())
        .isEqualTo(platform.gatewayUrl() + "/oauth2/revoke");
    assertThat(metadata.path("rekey_token_signing_alg_values")).isNotEmpty();
  }

  @Test
  void aGatewayWithAPublicAddressTellsThatAndWithoutClientsNoEndpoints() {
    Map<String, String> environment = platform.gatewayEnvironment();
    environment.put("GATEWAY_PUBLIC_URL", "https://tokens.example.com");
    environment.remove("GATEWAY_CLIENTS");
    try (GatewayServer other = GatewayServer.start(environment);
        Rest at = at(other)) {
      Rest.Answer answer = at.call("getUserIssuer").send().is(200);
      assertThat(answer.json().path("jwks_uri").asText())
          .isEqualTo("https://tokens.example.com" + USERADM + "/jwks.json");
      assertThat(answer.json().has("introspection_endpoint")).isFalse();
      assertThat(answer.json().has("revocation_endpoint")).isFalse();
      assertThat(answer.header("Cache-Control")).hasValue("public, max-age=2, must-revalidate");
      asClient(at, "introspect", ALL).form(form(login())).send().is(401, "invalid_client");
    }
  }

  private static Rest at(GatewayServer gateway) {
    return new Rest(
        platform,
        HttpClient.Version.HTTP_1_1,
        "https://localhost:" + gateway.port(),
        "https://localhost:" + gateway.internalPort().orElseThrow());
  }

  @Test
  void whatCannotBeHadIsNoEmptySetAndNoVerdict() {
    Map<String, String> environment = platform.gatewayEnvironment();
    environment.put("GATEWAY_USERADM_TARGET", "127.0.0.1:" + Platform.freePort());
    environment.put("GATEWAY_DEVICEAUTH_TARGET", "127.0.0.1:" + Platform.freePort());
    String token = login();
    try (GatewayServer lonely = GatewayServer.start(environment);
        Rest at = at(lonely)) {
      for (String operation :
          List.of("getUserKeys", "getDeviceKeys", "getUserIssuer", "getDeviceIssuer")) {
        at.call(operation).send().is(503, "service unavailable");
      }
      for (String operation : List.of("introspect", "revoke")) {
        Rest.Answer answer = asClient(at, operation, ALL).form(form(token)).send();
        assertThat(answer.is(503, "service unavailable").header("Retry-After")).hasValue("1");
      }
      rest.seen().addAll(at.seen());
    }
    assertThat(introspect(ALL, token).path("active").asBoolean()).isTrue();
  }

  // Introspection

  @Test
  @Contract("introspect")
  void aGoodTokenIsActive() {
    String token = login();
    JsonNode claims = Tokens.claims(token);

    JsonNode answer = introspect("users", token);

    assertThat(answer.path("active").asBoolean()).isTrue();
    for (String name : List.of("iss", "sub", "jti", "exp", "iat")) {
      assertThat(answer.path(name)).as(name).isEqualTo(claims.path(name));
    }
    assertThat(answer.path("scope").asText()).isEqualTo("mender.*");
    assertThat(answer.path("token_type").asText()).isEqualTo("Bearer");
    assertThat(answer.path("rekey_kind").asText()).isEqualTo("user_session");

    String personal =
        rest.call("createToken")
            .token(token)
            .json("{\"name\":\"elsewhere\",\"expires_in\":3600}")
            .send()
            .is(200)
            .body();
    assertThat(introspect("users", personal).path("rekey_kind").asText())
        .isEqualTo("personal_access_token");

    JsonNode ofDevice = introspect("devices", device.token(client));
    assertThat(ofDevice.path("sub").asText()).isEqualTo(device.id());
    assertThat(ofDevice.path("rekey_kind").asText()).isEqualTo("device");
  }

  @Test
  void theAnswerMayNotBeKept() {
    Rest.Answer answer = asClient("introspect", ALL).form(form(login())).send().is(200);
    assertThat(answer.header("Cache-Control")).hasValue("no-store");
  }

  @Test
  void unknownParametersAndHintsAreIgnored() {
    String form = "token_type_hint=anything&more=1&" + form(login());
    assertThat(asClient("introspect", ALL).form(form).send().is(200).json().path("active"))
        .hasToString("true");
  }

  static Stream<String> badTokens() {
    String good = login();
    JsonNode claims = Tokens.claims(good);
    String jti = claims.path("jti").asText();
    String sub = claims.path("sub").asText();
    Path usersKey = platform.keyDirectory("useradm").resolve("private.pem");
    Path foreignKey = directory.resolve("foreign.pem");
    if (!Files.exists(foreignKey)) {
      KeyFiles.write(foreignKey, KeyFiles.pkcs8(KeyFiles.rsa(2048)));
    }
    Instant now = Instant.now();
    String ofUser = Tokens.userClaims(jti, sub, now);
    return Stream.of(
        "nonsense",
        "a.b.c",
        "..",
        "a".repeat(9000),
        Tokens.encode("{\"alg\":\"none\"}") + "." + Tokens.encode(ofUser) + ".",
        Tokens.withHeader(good, "{\"alg\":\"none\",\"typ\":\"JWT\"}"),
        Tokens.withBrokenSignature(good),
        Tokens.withClaims(good, claims.toString().replace(sub, "somebody")),
        Tokens.withClaims(
            good, claims.toString().replace("mender.useradm", "https://evil.example")),
        Tokens.withClaims(good, claims.toString().replace("mender.useradm", "Mender")),
        Tokens.signed(foreignKey, ofUser, 0L, false),
        Tokens.signed(usersKey, ofUser.replace("mender.useradm", "Mender"), 0L, false),
        Tokens.signed(
            usersKey,
            Tokens.userClaims(jti, sub, now.minusSeconds(7200), now.minusSeconds(3600)),
            0L,
            false),
        Tokens.signed(usersKey, Tokens.userClaims("never-issued", sub, now), 0L, false));
  }

  @ParameterizedTest
  @MethodSource("badTokens")
  void whatIsNotGoodIsInactiveWithoutAReason(String token) {
    assertInactive(ALL, token);
    asClient("revoke", ALL).form(form(token)).send().is(200);
  }

  @Test
  void whatAClientMayNotKnowIsInactive() {
    String user = login();
    String ofDevice = device.token(client);

    assertInactive("users", ofDevice);
    assertInactive("devices", user);
    asClient("introspect", "revoker").form(form(user)).send().is(403, "unauthorized_client");
  }

  // Revocation

  @Test
  @Contract("revoke")
  void aTokenThatIsEndedIsGoodNoMore() {
    String user = login();
    String ofDevice = device.token(client);

    for (String token : List.of(user, ofDevice)) {
      assertThat(introspect(ALL, token).path("active").asBoolean()).isTrue();
      Rest.Answer answer = asClient("revoke", ALL).form(form(token)).send().is(200);
      assertThat(answer.body()).isEmpty();
      assertThat(answer.header("Cache-Control")).hasValue("no-store");
      assertInactive(ALL, token);
      asClient("revoke", ALL).form(form(token)).send().is(200);
    }
    assertThat(client.statusWith(user)).isEqualTo(401);
    assertThat(
            client
                .send(client.authorized("/api/devices/v1/deployments/device/x", ofDevice))
                .statusCode())
        .isEqualTo(401);
  }

  @Test
  void aClientEndsOnlyWhatItMay() {
    String user = login();

    asClient("revoke", "users").form(form(user)).send().is(403, "unauthorized_client");
    asClient("revoke", "devices").form(form(user)).send().is(403, "unauthorized_client");
    assertThat(introspect(ALL, user).path("active").asBoolean()).isTrue();
    asClient("revoke", "revoker").form(form(user)).send().is(200);
    assertInactive(ALL, user);
  }

  // Who asks, and how

  @ParameterizedTest
  @ValueSource(strings = {"introspect", "revoke"})
  void onlyAClientWithItsSecretIsAnswered(String operation) {
    String token = login();
    String secret = secret(ALL);
    List<String> wrong =
        List.of(
            Rest.basic(ALL, secret + "x"),
            Rest.basic(ALL, ""),
            Rest.basic(ALL, ClientSecret.sha256(secret)),
            Rest.basic("users", secret),
            Rest.basic("nobody", secret),
            Rest.basic(EMAIL, PASSWORD),
            "Bearer " + token,
            "Bearer " + secret,
            "Basic",
            "Basic !!!");
    for (String header : wrong) {
      rest.call(operation)
          .header("Authorization", header)
          .form(form(token))
          .send()
          .is(401, "invalid_client");
    }
    rest.call(operation).form(form(token)).send().is(401, "invalid_client");
    rest.call(operation)
        .header("Authorization", Rest.basic(ALL, secret))
        .header("Authorization", Rest.basic(ALL, secret))
        .form(form(token))
        .send()
        .is(401, "invalid_client");
    rest.call(operation)
        .form(form(token) + "&client_id=" + ALL + "&client_secret=" + secret)
        .send()
        .is(401, "invalid_client");
    assertThat(client.statusWith(token)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"introspect", "revoke"})
  void theFormIsReadStrictly(String operation) {
    String token = login();
    List<String> bad =
        List.of(
            "",
            "token=",
            "token_type_hint=access_token",
            form(token) + "&" + form(token),
            form(token) + "&a=1&a=2",
            "token=%zz",
            "token=%ff");
    for (String form : bad) {
      asClient(operation, ALL).form(form).send().is(400, "invalid_request");
    }
    Rest.Answer query = asClient(operation, ALL).query("token", token).form("a=1").send();
    query.is(400, "invalid_request");
    assertThat(query.json().path("error_description").asText())
        .isEqualTo("parameters belong into the body");
    asClient(operation, ALL)
        .query("token_type_hint", "x")
        .form(form(token))
        .send()
        .is(400, "invalid_request");
    asClient(operation, ALL)
        .json("{\"token\":\"" + token + "\"}")
        .send()
        .is(415, "invalid_request");
    asClient(operation, ALL)
        .body(BodyPublishers.ofString(form(token)))
        .send()
        .is(400, "invalid_request");
    asClient(operation, ALL)
        .form("token=" + "a".repeat(document.maxBytes(operation)))
        .send()
        .is(413, "invalid_request");
    assertThat(client.statusWith(token)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/oauth2/introspect", "/oauth2/revoke"})
  void itIsPostAndNothingElse(String path) {
    HttpResponse<String> answer = rest.send("GET", path + "?token=a.b.c");
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().allValues("Allow")).containsExactly("POST", "OPTIONS");
  }

  @Test
  void whoFailsTooOftenMustWaitAndWhoHasTheSecretNever() {
    Map<String, String> environment = platform.gatewayEnvironment();
    environment.put("GATEWAY_FAILED_CLIENTS_PER_ADDRESS", "2/1h");
    String token = login();
    try (GatewayServer strict = GatewayServer.start(environment);
        Rest at = at(strict)) {
      for (String operation : List.of("introspect", "revoke")) {
        await()
            .atMost(SOON)
            .until(() -> at.call(operation).form(form(token)).send().status() == 429);
      }
      asClient(at, "introspect", ALL).form(form(token)).send().is(200);
      rest.seen().addAll(at.seen());
    }
  }

  @Test
  void theClientsFileIsReadAgainWhenItChanges() {
    String token = login();
    asClient("introspect", "late").form(form(token)).send().is(401, "invalid_client");
    try {
      writeClients(List.of(ALL, "users", "devices", "revoker", "late"));
      await()
          .atMost(SOON)
          .until(() -> asClient("introspect", "late").form(form(token)).send().status() == 200);

      Files.writeString(clientsFile(), "clients: nonsense");
      assertThat(introspect("late", token).path("active").asBoolean()).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writeClients(List.of(ALL, "users", "devices", "revoker"));
    }
    await()
        .atMost(SOON)
        .until(() -> asClient("introspect", "late").form(form(token)).send().status() == 401);
  }

  @Test
  void everyOperationHasAContractTest() {
    coverage.everyOperationHasAContractTest(document);
  }
}
