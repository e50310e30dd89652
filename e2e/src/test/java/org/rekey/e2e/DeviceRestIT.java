package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import com.google.protobuf.Duration;
import java.io.ByteArrayInputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.agent.key.AgentKey;
import org.rekey.agent.key.KeyPem;
import org.rekey.agent.key.KeyProof;
import org.rekey.agent.key.UnusableKey;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.e2e.rest.Contract;
import org.rekey.e2e.rest.Coverage;
import org.rekey.e2e.rest.OpenApi;
import org.rekey.e2e.rest.Rest;
import org.rekey.gateway.GatewayServer;
import org.rekey.proto.deviceauth.v1.OrderKeyRotationsRequest;
import org.rekey.proto.deviceauth.v1.OrderKeyRotationsResponse;
import org.rekey.proto.deviceauth.v1.OrderOutcome;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// Device authentication over HTTPS → gRPC → PostgreSQL with devices that sign with real keys, one
/// test and more for each operation; every answer is held against the document at `/openapi.json`.
class DeviceRestIT {
  private static final String DEVAUTH = "/api/management/v2/devauth";
  private static final String DEVICES = "/api/devices/v1/authentication";
  private static final String INTERNAL = "/api/internal/v1/devauth";
  private static final String POLL = "/api/devices/v1/deployments/device/deployments/next";
  private static final String NOT_ACCEPTED = "dev auth: unauthorized";
  private static final String EMAIL = "owner@example.com";
  private static final String PASSWORD = "correct horse battery";
  private static final int FUZZED_REQUESTS = 400;

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static final Coverage coverage = new Coverage(DeviceRestIT.class);
  private static Platform platform;
  private static Rest rest;
  private static OpenApi document;
  private static Client client;
  private static String user;

  @BeforeAll
  static void start() {
    platform =
        Platform.builder(directory, POSTGRES)
            .deviceauthSetting("DEVICEAUTH_NEW_DEVICES_PER_ADDRESS", "off")
            .start();
    rest = Rest.of(platform, HttpClient.Version.HTTP_1_1);
    document =
        rest.document()
            .only(path -> path.startsWith("/api/devices/") || path.contains("/devauth/"));
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
    platform.createUser(EMAIL, PASSWORD);
    user = client.login(EMAIL, PASSWORD);
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

  private static Rest.Call owner(String operation) {
    return rest.call(operation).token(user);
  }

  private static Rest.Answer authenticate(DeviceStandIn device) {
    byte[] body = device.body();
    return authenticate(body, device.signature(body));
  }

  private static Rest.Answer authenticate(byte[] body, String signature) {
    return rest.call("authenticateDevice")
        .header("Content-Type", "application/json")
        .header("X-MEN-Signature", signature)
        .body(BodyPublishers.ofByteArray(body))
        .send();
  }

  /// One that has asked once.
  private static DeviceMember pending() {
    return pending(DeviceStandIn.fresh());
  }

  private static DeviceMember pending(DeviceStandIn device) {
    authenticate(device).is(401, NOT_ACCEPTED);
    JsonNode found = find(device);
    assertThat(found.path("status").asText()).isEqualTo("pending");
    return new DeviceMember(
        device, found.path("id").asText(), found.path("auth_sets").path(0).path("id").asText());
  }

  private static DeviceMember accepted() {
    DeviceMember member = pending();
    set(member, "accepted").is(204);
    return member;
  }

  /// The device with this identity; missing if there is none.
  private static JsonNode find(DeviceStandIn device) {
    for (int page = 1; ; page++) {
      JsonNode devices =
          owner("listDevices").query("page", page).query("per_page", 500).send().is(200).json();
      for (JsonNode found : devices) {
        if (found.path("identity_data").toString().contains(device.mac())) {
          return found;
        }
      }
      if (devices.size() < 500) {
        return JsonNodeFactory.instance.missingNode();
      }
    }
  }

  private static JsonNode get(DeviceMember member) {
    return owner("getDevice").with("id", member.id()).send().is(200).json();
  }

  private static Rest.Answer set(DeviceMember member, String status) {
    return set(member.id(), member.authSetId(), status);
  }

  private static Rest.Answer set(String deviceId, String authSetId, String status) {
    return owner("setAuthSetStatus")
        .with("id", deviceId)
        .with("aid", authSetId)
        .json("{\"status\":\"" + status + "\"}")
        .send();
  }

  private static Rest.Answer status(DeviceMember member) {
    return owner("getAuthSetStatus").with("id", member.id()).with("aid", member.authSetId()).send();
  }

  private static void assertStatus(DeviceMember member, String expected) {
    assertThat(status(member).is(200).json().path("status").asText()).isEqualTo(expected);
  }

  private static String token(DeviceMember member) {
    return authenticate(member.device()).is(200).body();
  }

  private static void assertGood(String token) {
    assertThat(client.send(client.authorized(POLL, token)).statusCode()).isEqualTo(200);
    rest.call("verifyDevice").token(token).send().is(200);
  }

  private static void assertEnded(String token) {
    HttpResponse<String> answer = client.send(client.authorized(POLL, token));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body()).isEmpty();
    assertEmpty(rest.call("verifyDevice").token(token).send(), 401);
  }

  private static void assertEmpty(Rest.Answer answer, int status) {
    assertThat(answer.is(status).body()).isEmpty();
  }

  private static void assertError(HttpResponse<String> answer, int status, String error) {
    new Rest.Answer(answer).is(status, error);
  }

  /// A value for every parameter of an operation's path.
  private static Rest.Call anyCall(Rest from, String operation) {
    Rest.Call call = from.call(operation);
    String path = document.path(operation);
    for (String parameter : List.of("id", "aid", "did")) {
      if (path.contains("{" + parameter + "}")) {
        call.with(parameter, "nobody");
      }
    }
    if (path.contains("{name}")) {
      call.with("name", "max_devices");
    }
    if (path.contains("{tenant_id}")) {
      call.with("tenant_id", "default");
    }
    return operation.equals("revokeDeviceTokens")
        ? call.query("tenant_id", "default").query("device_id", "nobody")
        : call;
  }

  private static Rest.Call withBody(String operation, Rest.Call call) {
    return document.withBody().contains(operation)
        ? call.json(document.exampleBody(operation))
        : call;
  }

  /// The operations that can answer with this status.
  private static Stream<String> with(int status) {
    return document.answers().stream()
        .filter(answer -> answer.endsWith(" " + status))
        .map(answer -> answer.substring(0, answer.indexOf(' ')));
  }

  // The document

  @Test
  void everyOperationHasAContractTest() {
    coverage.everyOperationHasAContractTest(document);
  }

  // Who may call

  static Stream<String> ofOwners() {
    return with(401).filter(operation -> document.path(operation).startsWith(DEVAUTH));
  }

  @ParameterizedTest
  @MethodSource("ofOwners")
  void theManagementApiNeedsAUsersToken(String operation) {
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
    String wrongScope =
        Tokens.userClaims(
                Tokens.claims(user).path("jti").asText(),
                Tokens.claims(user).path("sub").asText(),
                Instant.now())
            .replace("mender.*", "mender.inventory");
    Path key = platform.keyDirectory("useradm").resolve("private.pem");
    anyCall(rest, operation)
        .token(Tokens.signed(key, wrongScope, 0L, false))
        .send()
        .is(403, "insufficient scope");
  }

  static Stream<String> internal() {
    return document.operations().stream().filter(operation -> document.isInternal(operation));
  }

  @ParameterizedTest
  @MethodSource("internal")
  void onlyNamedCallersMayUseTheInternalApi(String operation) {
    withBody(operation, anyCall(rest, operation).as("deviceauth"))
        .send()
        .is(403, "caller \"deviceauth\": not one of GATEWAY_INTERNAL_CALLERS");
  }

  @ParameterizedTest
  @MethodSource("internal")
  void theInternalApiIsNotOnThePublicPort(String operation) {
    String path = document.path(operation).replaceAll("[{}]", "");
    assertError(rest.send("GET", path), 404, "not found");
  }

  @Test
  void aTokenOnTheWrongRouteIsRefused() {
    String device = token(accepted());
    owner("listDevices").send().is(200);
    rest.call("listDevices").token(device).send().is(401, "invalid jwt");
    rest.call("getUser").with("id", "me").token(device).send().is(401, "invalid jwt");
    assertThat(
            client.send(client.authorized("/api/management/v1/inventory/x", device)).statusCode())
        .isEqualTo(401);
    assertEnded(user);
    HttpResponse<String> none = client.send(client.request(POLL));
    assertError(none, 401, "Authorization not present in header");
    assertThat(none.headers().firstValue("WWW-Authenticate"))
        .hasValue("Bearer realm=\"ManagementJWT\"");
    HttpResponse<String> cookie =
        client.send(client.request(POLL).header("Cookie", "JWT=" + device));
    assertError(cookie, 401, "Authorization not present in header");
    assertEnded(Tokens.withBrokenSignature(device));
    assertGood(device);
  }

  // What all operations have in common

  @Test
  void unknownPathsAreNotFoundAndOtherMethodsNotAllowed() {
    for (String path :
        List.of(
            DEVAUTH,
            DEVAUTH + "/devices/x/external",
            DEVICES,
            DEVICES + "/none",
            INTERNAL + "/alive")) {
      assertError(rest.send("GET", path), 404, "not found");
    }
    assertError(rest.sendInternal("GET", DEVAUTH + "/devices"), 404, "not found");
    assertError(
        rest.send("GET", DEVAUTH + "/devices//"), 400, "the path can be read in more than one way");
    assertError(rest.send("GET", DEVICES + "/auth_requests"), 405, "method not allowed");
    assertError(rest.send("PATCH", DEVAUTH + "/devices/x"), 405, "method not allowed");
    HttpResponse<String> options = rest.send("OPTIONS", DEVAUTH + "/devices/x");
    assertThat(options.statusCode()).isEqualTo(200);
    assertThat(options.headers().allValues("Allow")).containsExactly("GET", "DELETE", "OPTIONS");
  }

  static Stream<String> withBodies() {
    return document.withBody().stream();
  }

  private static Rest.Call authorized(Rest from, String operation) {
    return anyCall(from, operation).token(user);
  }

  @ParameterizedTest
  @MethodSource("withBodies")
  void aBodyMustBeJsonAndSaySo(String operation) {
    authorized(rest, operation)
        .header("Content-Type", "text/plain")
        .body(BodyPublishers.ofString("{}"))
        .send()
        .is(415, "Bad Content-Type, expected 'application/json'");
    for (String body : List.of("{", "[]", "\"x\"", "{} {}", "{}x", "nonsense")) {
      Rest.Answer answer = authorized(rest, operation).json(body).send().is(400);
      assertThat(answer.json().path("error").asText()).startsWith("failed to decode ");
    }
  }

  @ParameterizedTest
  @MethodSource("withBodies")
  void aBodyMayNotBeTooLarge(String operation) {
    byte[] body = new byte[document.maxBytes(operation) + 1];
    authorized(rest, operation)
        .header("Content-Type", "application/json")
        .body(BodyPublishers.ofByteArray(body))
        .send()
        .is(413, "http: request body too large");
    authorized(rest, operation)
        .header("Content-Type", "application/json")
        .body(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
        .send()
        .is(413, "http: request body too large");
  }

  static Stream<String> all() {
    return document.operations().stream();
  }

  @ParameterizedTest
  @MethodSource("all")
  void anAmbiguousRequestIsRefused(String operation) {
    anyCall(rest, operation).header("Transfer-Encoding", "gzip").send().is(400);
  }

  @Test
  void withoutDeviceauthThereIsNoAnswerNow() {
    Map<String, String> environment = platform.gatewayEnvironment();
    environment.put("GATEWAY_DEVICEAUTH_TARGET", "127.0.0.1:" + Platform.freePort());
    try (GatewayServer lonely = GatewayServer.start(environment);
        Rest other =
            new Rest(
                platform,
                HttpClient.Version.HTTP_1_1,
                "https://localhost:" + lonely.port(),
                "https://localhost:" + lonely.internalPort().orElseThrow())) {
      with(503)
          .forEach(
              operation -> {
                Rest.Answer answer = withBody(operation, authorized(other, operation)).send();
                if (operation.equals("deviceauthHealth")) {
                  answer.is(503, "error reaching deviceauth-svc: UNAVAILABLE");
                } else {
                  answer.is(503, "service unavailable");
                  assertThat(answer.header("Retry-After")).hasValue("1");
                }
              });
      rest.seen().addAll(other.seen());
    }
  }

  // Devices ask

  @ParameterizedTest
  @EnumSource
  @Contract("authenticateDevice")
  void aDeviceWaitsUntilItIsAcceptedAndGetsATokenAndNoByteMore(DeviceStandIn.KeyType type) {
    DeviceMember member = pending(DeviceStandIn.fresh(type));
    authenticate(member.device()).is(401, NOT_ACCEPTED);
    assertThat(get(member).path("auth_sets")).hasSize(1);
    assertThat(get(member).path("auth_sets").path(0).path("pubkey").asText())
        .isEqualTo(member.device().publicKey());
    set(member, "accepted").is(204);
    Rest.Answer answer = authenticate(member.device()).is(200);
    assertThat(answer.header("Content-Type")).hasValue("application/jwt");
    JsonNode claims = Tokens.claims(answer.body());
    assertThat(claims.path("sub").asText()).isEqualTo(member.id());
    assertThat(claims.path("mender.device").asBoolean()).isTrue();
    assertThat(claims.path("exp").asLong() - claims.path("iat").asLong()).isEqualTo(604_800);
    assertThat(Tokens.kid(answer.body())).isZero();
    assertGood(answer.body());
    String next = token(member);
    assertThat(Tokens.claims(next).path("jti")).isNotEqualTo(claims.path("jti"));
    assertGood(next);
    set(member, "rejected").is(204);
    authenticate(member.device()).is(401, NOT_ACCEPTED);
    assertEnded(answer.body());
    assertEnded(next);
  }

  private static Rest.Answer offer(byte[] body, String signature) {
    return rest.call("offerDeviceKey")
        .header("Content-Type", "application/json")
        .header("X-MEN-Signature", signature)
        .body(BodyPublishers.ofByteArray(body))
        .send();
  }

  private static byte[] offerBody(DeviceStandIn device, DeviceStandIn next, String challenge) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("id_data", device.identity());
    body.put("pubkey", device.publicKey());
    body.put("new_key_proof", KeyProof.of(agentKey(next), agentKey(device), challenge));
    return body.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static AgentKey agentKey(DeviceStandIn device) {
    try {
      return KeyPem.parse(KeyFiles.pkcs8(device.pair()), "");
    } catch (UnusableKey e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  @Contract("offerDeviceKey")
  void aDeviceOffersItsNextKeyWhenItsOwnerHasOrderedIt() {
    DeviceMember member = accepted();
    DeviceStandIn device = member.device();
    DeviceStandIn next = device.withNewKey();
    assertThat(authenticate(device).is(200).header("X-Rekey-Key-Rotation")).isEmpty();
    byte[] unwanted = offerBody(device, next, "A".repeat(43));
    offer(unwanted, device.signature(unwanted)).is(409, "the device is not to change its key");

    OrderKeyRotationsResponse ordered =
        platform
            .devices()
            .orderKeyRotations(
                OrderKeyRotationsRequest.newBuilder()
                    .addDeviceIds(member.id())
                    .setValidFor(Duration.newBuilder().setSeconds(60))
                    .build());
    assertThat(ordered.getOutcomesList()).containsExactly(OrderOutcome.ORDER_OUTCOME_ORDERED);
    String challenge = authenticate(device).is(200).header("X-Rekey-Key-Rotation").orElseThrow();
    byte[] body = offerBody(device, next, challenge);
    offer(body, next.signature(body)).is(401, "signature verification failed");
    offer(device.body(), device.signature(device.body())).is(400);
    assertThat(offer(body, device.signature(body)).is(200).json().path("key_rotation").asText())
        .isEqualTo("taken");
    offer(body, device.signature(body)).is(200);
    assertThat(authenticate(device).is(200).body()).as("the old one goes on").isNotEmpty();

    assertGood(authenticate(next).is(200).body());
    authenticate(device).is(401, NOT_ACCEPTED);
    offer(body, device.signature(body)).is(401, NOT_ACCEPTED);
    authenticate(next).is(200);
  }

  static Stream<KeyPair> unusableKeys() {
    return Stream.of("RSASSA-PSS", "X25519", "Ed448", "DSA").map(KeyFiles::ofType);
  }

  @ParameterizedTest
  @MethodSource("unusableKeys")
  void aKeyOfAnotherKindIsRefused(KeyPair pair) {
    DeviceStandIn device = new DeviceStandIn("{\"mac\":\"x\"}", pair, "none");
    authenticate(device.body(), "AAAA")
        .is(400, "invalid auth request: unrecognized public key type");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | invalid auth request: id_data must be provided",
        "{'id_data':null,'pubkey':'KEY'} | invalid auth request: id_data must be provided",
        "{'id_data':'{}'} | invalid auth request: pubkey must be provided",
        "{'id_data':'{}','pubkey':'x'} | invalid auth request: cannot decode public key",
        "{'id_data':'{}','pubkey':1} | failed to decode auth request: pubkey: no string",
        "{'id_data':{},'pubkey':'KEY'} | failed to decode auth request: id_data: no string",
      })
  void anAuthRequestMustBeComplete(String body, String error) {
    byte[] bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    authenticate(bytes, "AAAA").is(400, error);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "[]", "\"x\"", "null", "{", "{}", "{\"a\":1}x", "{\"a\":1,\"a\":2}"})
  void anIdentityMustBeAJsonObjectWithSomethingInIt(String identity) {
    Rest.Answer answer = authenticate(DeviceStandIn.fresh().withIdentity(identity)).is(400);
    assertThat(answer.json().path("error").asText()).startsWith("invalid auth request: id_data: ");
  }

  @Test
  void aShortRsaKeyIsRefused() {
    DeviceStandIn device = new DeviceStandIn("{\"mac\":\"x\"}", KeyFiles.rsa(512), "SHA256withRSA");
    Rest.Answer answer = authenticate(device).is(400);
    assertThat(answer.json().path("error").asText())
        .startsWith("invalid auth request: cannot decode public key: ");
  }

  @Test
  void theSignatureIsOverTheBytesAsTheyCame() {
    DeviceStandIn device = DeviceStandIn.fresh(DeviceStandIn.KeyType.P_256);
    byte[] body = device.body();
    String signature = device.signature(body);
    rest.call("authenticateDevice")
        .header("Content-Type", "application/json")
        .body(BodyPublishers.ofByteArray(body))
        .send()
        .is(400, "missing request signature header");
    rest.call("authenticateDevice")
        .header("Content-Type", "application/json")
        .header("X-MEN-Signature", signature)
        .header("X-MEN-Signature", signature)
        .body(BodyPublishers.ofByteArray(body))
        .send()
        .is(400, "more than one request signature header");
    byte[] withoutLineFeed = Arrays.copyOf(body, body.length - 1);
    String bad = "signature verification failed";
    authenticate(withoutLineFeed, signature).is(401, bad);
    authenticate(body, device.withNewKey().signature(body)).is(401, bad);
    authenticate(body, "not base64").is(401, bad);
    authenticate(body, signature.replace("=", "") + "A").is(401, bad);
    byte[] raw = new byte[64];
    authenticate(body, Base64.getEncoder().encodeToString(raw)).is(401, bad);
    assertThat(find(device).isMissingNode()).as("no row without a valid signature").isTrue();

    ObjectNode other = JsonNodeFactory.instance.objectNode();
    other.put("tier", "standard").put("pubkey", device.publicKey());
    other.putArray("tenant_token").add(1);
    other.put("id_data", device.identity());
    byte[] pretty = ("  " + other.toPrettyString()).getBytes(StandardCharsets.UTF_8);
    authenticate(pretty, device.signature(pretty)).is(401, NOT_ACCEPTED);
    assertThat(find(device).path("auth_sets")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"API_KEY", "Bearer", "Bearer tenant-token", "Basic YTpi", "USER"})
  void authorizationIsNotLookedAt(String authorization) {
    DeviceStandIn device = DeviceStandIn.fresh();
    byte[] body = device.body();
    rest.call("authenticateDevice")
        .header("Content-Type", "application/json")
        .header("Authorization", authorization.replace("USER", "Bearer " + user))
        .header("X-MEN-Signature", device.signature(body))
        .body(BodyPublishers.ofByteArray(body))
        .send()
        .is(401, NOT_ACCEPTED);
  }

  @Test
  void anIdentityIsTheSameHoweverItIsWritten() {
    DeviceStandIn device = DeviceStandIn.fresh();
    String mac = device.mac();
    pending(device.withIdentity("{\"mac\":\"%s\",\"n\":9007199254740993}".formatted(mac)));
    authenticate(
            device.withIdentity(
                " { \"n\" : 9007199254740993.0 , \"\\u006dac\" : \"%s\" }".formatted(mac)))
        .is(401, NOT_ACCEPTED);
    JsonNode one = find(device);
    assertThat(one.path("auth_sets")).hasSize(1);
    assertThat(one.path("identity_data").toString())
        .isEqualTo("{\"mac\":\"%s\",\"n\":9007199254740993}".formatted(mac));
    long before = counted();
    authenticate(device.withIdentity("{\"mac\":\"%s\",\"n\":9007199254740992}".formatted(mac)))
        .is(401, NOT_ACCEPTED);
    assertThat(counted()).as("another device").isEqualTo(before + 1);
  }

  private static long counted() {
    return owner("countDevices").send().is(200).json().path("count").asLong();
  }

  @Test
  void twoRequestsOfOneMomentAreOneDevice() {
    DeviceStandIn device = DeviceStandIn.fresh();
    long before = counted();
    Stream.generate(() -> client.sendLater(device.request(client)))
        .limit(8)
        .toList()
        .forEach(sent -> assertError(sent.join(), 401, NOT_ACCEPTED));
    assertThat(counted()).isEqualTo(before + 1);
    assertThat(find(device).path("auth_sets")).hasSize(1);
  }

  @Test
  void anotherKeyWaitsBesideTheFirstAndTooManyAreRefused() {
    DeviceMember member = accepted();
    String token = token(member);
    DeviceStandIn second = member.device().withNewKey();
    authenticate(second).is(401, NOT_ACCEPTED);
    JsonNode device = get(member);
    assertThat(device.path("status").asText()).isEqualTo("accepted");
    assertThat(device.path("auth_sets")).hasSize(2);
    assertGood(token);
    Rest.Answer answer = authenticate(member.device().withNewKey());
    for (int i = 0; i < 30 && answer.status() == 401; i++) {
      answer = authenticate(member.device().withNewKey());
    }
    answer.is(429, "too many requests");
    assertThat(Integer.parseInt(answer.header("Retry-After").orElseThrow())).isPositive();
    authenticate(second).is(401, NOT_ACCEPTED);
    assertGood(token(member));
  }

  // Lists

  @Test
  @Contract({"listDevices", "searchDevices", "countDevices"})
  void devicesAreListedByStatusAndId() {
    DeviceMember pending = pending();
    DeviceMember rejected = pending();
    set(rejected, "rejected").is(204);
    DeviceMember accepted = accepted();
    List<String> ours = List.of(accepted.id(), pending.id(), rejected.id());

    Rest.Call byId = owner("listDevices");
    ours.reversed().forEach(id -> byId.query("id", id));
    Rest.Answer all = byId.send().is(200);
    assertThat(ids(all)).as("by status, then id").containsExactlyElementsOf(ours);
    assertThat(
            ids(
                owner("listDevices")
                    .query("id", pending.id())
                    .query("id", accepted.id())
                    .query("status", "accepted")
                    .query("status", "rejected")
                    .send()
                    .is(200)))
        .containsExactly(accepted.id());
    assertThat(ids(owner("listDevices").query("id", "nobody").send().is(200))).isEmpty();
    owner("listDevices")
        .query("status", "none")
        .send()
        .is(
            400,
            "filter status must be one of: accepted, pending, rejected, preauthorized or noauth");

    assertThat(
            ids(
                owner("searchDevices")
                    .json(
                        """
                        {"status":["pending","accepted"],"id":["%s","%s","%s"]}\
                        """
                            .formatted(ours.toArray()))
                    .send()
                    .is(200)))
        .containsExactly(accepted.id(), pending.id());
    assertThat(
            ids(
                owner("searchDevices")
                    .json("{\"id\":\"%s\",\"status\":\"rejected\"}".formatted(rejected.id()))
                    .send()
                    .is(200)))
        .containsExactly(rejected.id());
    owner("searchDevices").json("{\"status\":\"none\"}").send().is(400);

    long rejectedDevices =
        owner("countDevices")
            .query("status", "rejected")
            .send()
            .is(200)
            .json()
            .path("count")
            .asLong();
    assertThat(rejectedDevices).isPositive().isLessThan(counted());
    owner("countDevices")
        .query("status", "none")
        .send()
        .is(400, "status must be one of: pending, accepted, rejected, preauthorized, noauth");
  }

  private static List<String> ids(Rest.Answer devices) {
    List<String> ids = new ArrayList<>();
    devices.json().forEach(device -> ids.add(device.path("id").asText()));
    return ids;
  }

  @ParameterizedTest
  @ValueSource(strings = {"listDevices", "searchDevices"})
  void listsComeInPages(String operation) {
    for (int i = 0; i < 3; i++) {
      pending();
    }
    Rest.Answer first = paged(operation, 1, 2);
    assertThat(ids(first)).hasSize(2);
    String path = document.path(operation);
    String link = "<%s?page=%d&per_page=2&status=pending>; rel=\"%s\"";
    assertThat(first.headers("Link"))
        .containsExactly(link.formatted(path, 1, "first"), link.formatted(path, 2, "next"));
    Rest.Answer second = paged(operation, 2, 2);
    assertThat(ids(second)).isNotEmpty().doesNotContainAnyElementsOf(ids(first));
    assertThat(second.headers("Link"))
        .startsWith(link.formatted(path, 1, "first"), link.formatted(path, 1, "prev"));
    Rest.Answer beyond = paged(operation, 1_000_000, 2);
    assertThat(ids(beyond)).isEmpty();
    assertThat(beyond.headers("Link")).hasSize(2);
    pagedBy(operation, "page", "x").is(400, "invalid page query: \"x\"");
    pagedBy(operation, "page", "0")
        .is(400, "invalid page query: value must be a non-zero positive integer");
    pagedBy(operation, "per_page", "501").is(400, "parameter \"per_page\" above limit (max: 500)");
  }

  private static Rest.Answer paged(String operation, int page, int perPage) {
    Rest.Call call =
        owner(operation).query("status", "pending").query("page", page).query("per_page", perPage);
    return (operation.equals("searchDevices") ? call.json("{\"status\":\"pending\"}") : call)
        .send()
        .is(200);
  }

  private static Rest.Answer pagedBy(String operation, String name, String value) {
    Rest.Call call = owner(operation).query(name, value);
    return (operation.equals("searchDevices") ? call.json("{}") : call).send();
  }

  // One device

  @Test
  @Contract("getDevice")
  void aDeviceIsShownWithItsKeys() {
    DeviceMember member = pending();
    JsonNode device = get(member);
    assertThat(device.fieldNames())
        .toIterable()
        .containsExactly(
            "id",
            "identity_data",
            "status",
            "decommissioning",
            "created_ts",
            "updated_ts",
            "auth_sets");
    assertThat(UUID.fromString(member.id()).version()).isEqualTo(4);
    assertThat(device.path("identity_data").toString()).isEqualTo(member.device().identity());
    JsonNode authSet = device.path("auth_sets").path(0);
    assertThat(authSet.fieldNames())
        .toIterable()
        .containsExactly("id", "identity_data", "pubkey", "ts", "status");
    assertThat(authSet.path("pubkey").asText()).isEqualTo(member.device().publicKey());
    owner("getDevice").with("id", "nobody").send().is(404, "device not found");
    owner("getDevice").with("id", UUID.randomUUID().toString()).send().is(404, "device not found");
  }

  private static Rest.Answer preauthorize(DeviceStandIn device, boolean force) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.putRawValue("identity_data", new RawValue(device.identity()));
    body.put("pubkey", device.publicKey()).put("force", force);
    return owner("preauthorizeDevice").json(body.toString()).send();
  }

  private static DeviceMember preauthorized() {
    DeviceStandIn device = DeviceStandIn.fresh();
    String location = preauthorize(device, false).is(201).header("Location").orElseThrow();
    String id = location.substring("devices/".length());
    JsonNode made = owner("getDevice").with("id", id).send().is(200).json();
    assertThat(made.path("status").asText()).isEqualTo("preauthorized");
    return new DeviceMember(device, id, made.path("auth_sets").path(0).path("id").asText());
  }

  @Test
  @Contract("preauthorizeDevice")
  void aPreauthorizedDeviceIsAcceptedWhenItComes() {
    DeviceMember member = preauthorized();
    JsonNode conflict = preauthorize(member.device(), false).is(409).json();
    assertThat(conflict.path("id").asText()).isEqualTo(member.id());
    assertThat(conflict.path("auth_sets").isNull()).isTrue();
    assertGood(token(member));
    assertThat(get(member).path("status").asText()).isEqualTo("accepted");
    assertThat(get(member).path("auth_sets")).hasSize(1);
  }

  @Test
  void aForcedKeyTakesOverFromTheAcceptedOne() {
    DeviceMember member = accepted();
    String old = token(member);
    DeviceStandIn next = member.device().withNewKey();
    preauthorize(next, false).is(409);
    assertThat(preauthorize(next, true).is(201).header("Location"))
        .hasValue("devices/" + member.id());
    assertThat(get(member).path("status").asText()).isEqualTo("accepted");
    assertGood(old);
    String token = authenticate(next).is(200).body();
    assertEnded(old);
    assertGood(token);
    assertStatus(member, "rejected");
    preauthorize(member.device().withNewKey(), true).is(201);
    preauthorize(member.device().withNewKey(), true).is(201);
    assertThat(get(member).path("status").asText()).isEqualTo("accepted");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'pubkey':'x'} | identity_data must be provided",
        "{'identity_data':{'a':1}} | pubkey must be provided",
        "{'identity_data':'{}','pubkey':'x'} | identity_data: not an object",
        "{'identity_data':{'a':1},'pubkey':1} | pubkey: not a string",
        "{'identity_data':{'a':1},'pubkey':'x'} | cannot decode public key",
        "{'identity_data':{'a':1},'pubkey':'x','force':1} | force: not a boolean",
      })
  void aPreauthorizationMustBeComplete(String body, String why) {
    owner("preauthorizeDevice")
        .json(body.replace('\'', '"'))
        .send()
        .is(400, "failed to decode preauth request: " + why);
  }

  @Test
  @Contract("decommissionDevice")
  void aDecommissionedDeviceIsGoneAndMayComeAgain() {
    DeviceMember member = accepted();
    String token = token(member);
    owner("decommissionDevice").with("id", member.id()).send().is(204);
    assertEnded(token);
    owner("getDevice").with("id", member.id()).send().is(404);
    assertEmpty(owner("decommissionDevice").with("id", member.id()).send(), 404);
    assertThat(pending(member.device()).id()).isNotEqualTo(member.id());
  }

  // Keys of a device

  @Test
  @Contract("deleteAuthSet")
  void aKeyIsDeletedWithItsTokens() {
    DeviceMember member = accepted();
    String token = token(member);
    assertEmpty(deleteAuthSet(pending().id(), member.authSetId()), 404);
    assertEmpty(deleteAuthSet("nobody", member.authSetId()), 404);
    assertGood(token);
    deleteAuthSet(member.id(), member.authSetId()).is(204);
    assertEnded(token);
    assertEmpty(deleteAuthSet(member.id(), member.authSetId()), 404);
    JsonNode device = get(member);
    assertThat(device.path("status").asText()).isEqualTo("noauth");
    assertThat(device.path("auth_sets")).isEmpty();
    assertThat(pending(member.device()).id()).isEqualTo(member.id());

    DeviceMember preauthorized = preauthorized();
    deleteAuthSet(preauthorized.id(), preauthorized.authSetId()).is(204);
    owner("getDevice").with("id", preauthorized.id()).send().is(404);
  }

  private static Rest.Answer deleteAuthSet(String deviceId, String authSetId) {
    return owner("deleteAuthSet").with("id", deviceId).with("aid", authSetId).send();
  }

  @ParameterizedTest
  @CsvSource({
    "pending, accepted, 204",
    "pending, rejected, 204",
    "pending, pending, 204",
    "rejected, accepted, 204",
    "rejected, rejected, 204",
    "rejected, pending, 204",
    "accepted, accepted, 204",
    "accepted, rejected, 204",
    "accepted, pending, 204",
    "preauthorized, accepted, 400",
    "preauthorized, rejected, 400",
    "preauthorized, pending, 400"
  })
  @Contract({"setAuthSetStatus", "getAuthSetStatus"})
  void aKeyGoesFromStatusToStatus(String from, String to, int expected) {
    DeviceMember member = from.equals("preauthorized") ? preauthorized() : pending();
    if (from.equals("accepted") || from.equals("rejected")) {
      set(member, from).is(204);
    }
    String token = from.equals("accepted") ? token(member) : "";
    if (expected == 204) {
      set(member, to).is(204);
      assertStatus(member, to);
      assertThat(get(member).path("status").asText()).isEqualTo(to);
    } else {
      set(member, to).is(400, "dev auth: bad request");
      assertStatus(member, from);
    }
    if (from.equals("accepted") && to.equals("accepted")) {
      assertGood(token);
    } else if (from.equals("accepted")) {
      assertEnded(token);
    }
  }

  @Test
  void aStatusIsSetOnlyOfTheDevicesOwnKey() {
    DeviceMember member = pending();
    DeviceMember other = pending();
    for (String status : List.of("preauthorized", "noauth", "none", "")) {
      set(member, status).is(400, "incorrect device status");
    }
    owner("setAuthSetStatus")
        .with("id", member.id())
        .with("aid", member.authSetId())
        .json("{}")
        .send()
        .is(400, "incorrect device status");
    set(other.id(), member.authSetId(), "accepted")
        .is(400, "dev auth: dev ID and auth ID mismatch");
    set(member.id(), "nobody", "accepted").is(404, "authorization set not found");
    assertStatus(member, "pending");
    assertThat(
            owner("getAuthSetStatus")
                .with("id", "whoever")
                .with("aid", member.authSetId())
                .send()
                .is(200)
                .body())
        .isEqualTo("{\"status\":\"pending\"}");
    owner("getAuthSetStatus")
        .with("id", member.id())
        .with("aid", "nobody")
        .send()
        .is(404, "authorization set not found");
  }

  @Test
  void acceptingAnotherKeyRejectsTheFirst() {
    DeviceMember member = accepted();
    String token = token(member);
    DeviceStandIn second = member.device().withNewKey();
    authenticate(second).is(401, NOT_ACCEPTED);
    String secondId = "";
    for (JsonNode authSet : get(member).path("auth_sets")) {
      if (authSet.path("status").asText().equals("pending")) {
        secondId = authSet.path("id").asText();
      }
    }
    set(member.id(), secondId, "accepted").is(204);
    assertEnded(token);
    assertStatus(member, "rejected");
    authenticate(member.device()).is(401, NOT_ACCEPTED);
    assertGood(authenticate(second).is(200).body());
  }

  // Tokens

  @Test
  @Contract("revokeDeviceToken")
  void aTokenIsRevokedByItsIdAndAllByTheirKeysId() {
    DeviceMember member = accepted();
    String one = token(member);
    String two = token(member);
    revoke(Tokens.claims(one).path("jti").asText()).is(204);
    assertEnded(one);
    assertGood(two);
    assertEmpty(revoke(Tokens.claims(one).path("jti").asText()), 404);
    String three = token(member);
    revoke(member.authSetId()).is(204);
    assertEnded(two);
    assertEnded(three);
    assertGood(token(member));
    assertEmpty(revoke("nobody"), 404);
  }

  private static Rest.Answer revoke(String id) {
    return owner("revokeDeviceToken").with("id", id).send();
  }

  // Limits

  @Test
  @Contract({
    "getDeviceLimit",
    "getTenantDeviceLimit",
    "setTenantDeviceLimit",
    "deleteTenantDeviceLimit"
  })
  void noMoreDevicesAreAcceptedThanTheLimitAllows() {
    assertLimit(-1);
    DeviceMember accepted = accepted();
    DeviceMember waiting = pending();
    DeviceMember preauthorized = preauthorized();
    try {
      setLimit("0").is(204);
      assertLimit(0);
      set(waiting, "accepted").is(422, "maximum number of accepted devices reached");
      assertStatus(waiting, "pending");
      authenticate(preauthorized.device()).is(401, "unauthorized");
      assertStatus(preauthorized, "preauthorized");
      assertGood(token(accepted));
    } finally {
      limit("deleteTenantDeviceLimit").send().is(204);
    }
    assertLimit(-1);
    set(waiting, "accepted").is(204);
    assertGood(token(preauthorized));
    setLimit("-2").is(400, "limit: -2 (expected: -1 for any number, 0 or more)");
    setLimit("\"x\"").is(400, "failed to decode limit: limit: not a whole number");
    owner("getDeviceLimit").with("name", "x").send().is(400, "unsupported limit x");
  }

  private static Rest.Call limit(String operation) {
    return rest.call(operation).with("tenant_id", "").with("name", "max_devices");
  }

  private static Rest.Answer setLimit(String limit) {
    return limit("setTenantDeviceLimit").json("{\"limit\":" + limit + "}").send();
  }

  private static void assertLimit(long expected) {
    String body = "{\"limit\":" + expected + "}";
    assertThat(owner("getDeviceLimit").with("name", "max_devices").send().is(200).body())
        .isEqualTo(body);
    assertThat(limit("getTenantDeviceLimit").send().is(200).body()).isEqualTo(body);
  }

  // The internal API

  @Test
  @Contract({"deviceauthAlive", "deviceauthHealth", "createDeviceTenant"})
  void theGatewayIsAliveAndHealthyAndThereIsOneTenant() {
    rest.call("deviceauthAlive").send().is(204);
    rest.call("deviceauthHealth").send().is(204);
    rest.call("createDeviceTenant").json("not looked at").send().is(201);
  }

  @ParameterizedTest
  @ValueSource(strings = {"verifyDevice", "verifyDeviceByPost"})
  @Contract({"verifyDevice", "verifyDeviceByPost"})
  void verifyingNeedsADevicesToken(String operation) {
    DeviceMember member = accepted();
    String token = token(member);
    assertEmpty(rest.call(operation).token(token).send(), 200);
    rest.call(operation).send().is(401, "Authorization not present in header");
    rest.call(operation)
        .header("Cookie", "JWT=" + token)
        .send()
        .is(401, "Authorization not present in header");
    assertEmpty(rest.call(operation).token(user).send(), 401);
    assertEmpty(rest.call(operation).token("a.b.c").send(), 401);
    assertEmpty(rest.call(operation).token(Tokens.withBrokenSignature(token)).send(), 401);
    revoke(member.authSetId()).is(204);
    assertEmpty(rest.call(operation).token(token).send(), 401);
  }

  @Test
  @Contract("revokeDeviceTokens")
  void tokensOfOneDeviceOrOfAllAreEnded() {
    DeviceMember member = accepted();
    String token = token(member);
    String other = token(accepted());
    rest.call("revokeDeviceTokens").send().is(400, "tenant_id must be provided");
    rest.call("revokeDeviceTokens").query("tenant_id", "another").send().is(204);
    assertGood(token);
    rest.call("revokeDeviceTokens")
        .query("tenant_id", "default")
        .query("device_id", member.id())
        .send()
        .is(204);
    assertEnded(token);
    assertGood(other);
    String next = token(member);
    rest.call("revokeDeviceTokens").query("tenant_id", "default").send().is(204);
    assertEnded(next);
    assertEnded(other);
    assertGood(token(member));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "default"})
  @Contract({
    "listTenantDevices",
    "countTenantDevices",
    "getTenantDeviceStatus",
    "setTenantDeviceProvisioned",
    "deleteTenantDevice"
  })
  void workflowsNameTheTenantOrLeaveItOut(String tenant) {
    DeviceMember member = pending();
    assertThat(
            ids(
                ofTenant("listTenantDevices", tenant)
                    .query("id", member.id())
                    .query("status", "pending")
                    .send()
                    .is(200)))
        .containsExactly(member.id());
    assertThat(ofTenant("countTenantDevices", tenant).send().is(200).json().path("count").asLong())
        .isEqualTo(counted());
    assertThat(of("getTenantDeviceStatus", tenant, member.id()).send().is(200).body())
        .isEqualTo("{\"status\":\"pending\"}");
    of("setTenantDeviceProvisioned", tenant, member.id())
        .json("{\"provisioned\":true}")
        .send()
        .is(204);
    of("deleteTenantDevice", tenant, member.id()).send().is(204);
    for (String id : List.of(member.id(), "nobody")) {
      of("getTenantDeviceStatus", tenant, id).send().is(404, "device not found");
      of("deleteTenantDevice", tenant, id).send().is(404, "device not found");
      of("setTenantDeviceProvisioned", tenant, id).json("{}").send().is(404, "device not found");
    }
  }

  @Test
  void anotherTenantHasNothing() {
    DeviceMember member = pending();
    assertThat(ids(ofTenant("listTenantDevices", "another").send().is(200))).isEmpty();
    assertThat(ofTenant("countTenantDevices", "another").send().is(200).body())
        .isEqualTo("{\"count\":0}");
    of("getTenantDeviceStatus", "another", member.id()).send().is(404, "device not found");
    of("deleteTenantDevice", "another", member.id()).send().is(404, "device not found");
    of("setTenantDeviceProvisioned", "another", member.id())
        .json("{}")
        .send()
        .is(404, "device not found");
    for (String operation : List.of("setTenantDeviceLimit", "deleteTenantDeviceLimit")) {
      withBody(
              operation,
              rest.call(operation).with("tenant_id", "another").with("name", "max_devices"))
          .send()
          .is(404, "Entity not found");
    }
    assertStatus(member, "pending");
    assertLimit(-1);
  }

  private static Rest.Call ofTenant(String operation, String tenant) {
    return rest.call(operation).with("tenant_id", tenant);
  }

  private static Rest.Call of(String operation, String tenant, String deviceId) {
    return ofTenant(operation, tenant).with("did", deviceId);
  }

  // Hostile bytes

  private static final List<String> HOSTILE =
      List.of(
          "\\u0000",
          "\\ud800",
          "\u0000",
          "é😀",
          "1e999",
          "99999999999999999999",
          "[[[[[[[[",
          "-----BEGIN PUBLIC KEY-----",
          "\",\"id_data\":\"{}",
          "a".repeat(5000));

  /// Bytes turned over after they were signed leave no row; turned over before, whatever comes of
  /// them is described and no defect of ours.
  @ParameterizedTest
  @EnumSource(names = {"ED25519", "P_256", "SECP256K1", "RSA_2048"})
  void noAuthRequestBreaksTheServerAndNoneGetsInUnsigned(DeviceStandIn.KeyType type) {
    Random random = new Random(type.name().hashCode());
    DeviceStandIn device = DeviceStandIn.fresh(type).withIdentity("{\"mac\":\"00\",\"n\":1.5}");
    byte[] body = device.body();
    String signature = device.signature(body);
    long before = counted();
    for (int i = 0; i < FUZZED_REQUESTS / 2; i++) {
      byte[] turned = mutated(body, random);
      if (!Arrays.equals(turned, body)) {
        assertThat(authenticate(turned, signature).status()).isIn(400, 401);
      }
      String bent = Base64.getEncoder().encodeToString(mutated(decoded(signature), random));
      if (!bent.equals(signature) && !bent.isEmpty()) {
        authenticate(body, bent).is(401, "signature verification failed");
      }
    }
    assertThat(counted()).as("no row without a valid signature").isEqualTo(before);
    for (int i = 0; i < FUZZED_REQUESTS / 2; i++) {
      byte[] turned = mutated(body, random);
      Rest.Answer answer = authenticate(turned, device.signature(turned));
      assertThat(answer.status()).as(answer.body()).isLessThan(500);
    }
  }

  private static byte[] decoded(String signature) {
    return Base64.getDecoder().decode(signature);
  }

  private static byte[] mutated(byte[] seed, Random random) {
    byte[] bytes = seed.clone();
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(5)) {
      case 0 -> bytes[at] = (byte) random.nextInt(256);
      case 1 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 3 -> random.nextBytes(bytes);
      default -> {
        String text = new String(bytes, StandardCharsets.UTF_8);
        int cut = Math.min(text.length(), at);
        int end = Math.min(text.length(), cut + random.nextInt(8));
        return (text.substring(0, cut)
                + HOSTILE.get(random.nextInt(HOSTILE.size()))
                + text.substring(end))
            .getBytes(StandardCharsets.UTF_8);
      }
    }
    return bytes;
  }
}
