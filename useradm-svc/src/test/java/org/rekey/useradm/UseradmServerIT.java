package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.proto.auth.v1.Refused.Reason;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerdictBatch;
import org.rekey.proto.auth.v1.VerifyBatch;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;
import org.rekey.proto.auth.v1.VerifyResponse.VerdictCase;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.KeyAdminGrpc;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.IssuedToken;
import org.rekey.proto.useradm.v1.LoginRequest;
import org.rekey.proto.useradm.v1.LoginResponse;
import org.rekey.proto.useradm.v1.LogoutRequest;
import org.rekey.proto.useradm.v1.SessionsGrpc;
import org.rekey.proto.useradm.v1.User;
import org.rekey.proto.useradm.v1.UsersGrpc;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.grpc.Channels;
import org.rekey.testkit.FreePort;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.MutableClock;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.TestAuthority;
import org.rekey.useradm.keystore.KeystoreSigner;

/// useradm-svc over real connections, beside a real keystore-svc and PostgreSQL.
class UseradmServerIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  private static final String PASSWORD = "correct horse battery";
  private static final int SESSIONS = 3;
  private static final int MANAGEMENT_PORT = FreePort.next();

  @TempDir static Path directory;
  private static final MutableClock CLOCK = new MutableClock(Instant.parse("2026-11-23T12:00:00Z"));
  private static final List<ManagedChannel> CHANNELS = new ArrayList<>();
  private static final Map<String, String> ENVIRONMENT = new HashMap<>();

  private static TestAuthority authority;
  private static Keystore keystore;
  private static DatabaseSettings database;
  private static UseradmServer server;
  private static ManagedChannel gateway;

  @BeforeAll
  static void start() {
    authority = TestAuthority.in(directory);
    keystore = new Keystore(authority, POSTGRES);
    database = POSTGRES.newDatabase();
    ENVIRONMENT.putAll(Installation.environment(authority, keystore, database));
    ENVIRONMENT.put("USERADM_LIMIT_SESSIONS_PER_USER", String.valueOf(SESSIONS));
    ENVIRONMENT.put("USERADM_REGISTRY_TTL", "500ms");
    server =
        UseradmServer.start(
            with(Map.of("USERADM_MANAGEMENT_LISTEN", "127.0.0.1:" + MANAGEMENT_PORT)), CLOCK);
    gateway = channel(server, "gateway");
    awaitServing(gateway);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    for (ManagedChannel channel : CHANNELS) {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
    server.close();
    keystore.close();
  }

  @Test
  void logsInAndAcceptsTheTokenUntilItIsLoggedOut() {
    User user = newUser();
    IssuedToken issued = issue(user.getEmail());
    Accepted accepted = verify(issued.getToken()).getAccepted();
    assertThat(accepted.getSubject()).isEqualTo(user.getId());
    assertThat(accepted.getTokenId()).isEqualTo(issued.getTokenId());
    assertThat(accepted.getKid()).isEqualTo(issued.getKid());
    assertThat(accepted.getKind()).isEqualTo(Accepted.Kind.KIND_USER_SESSION);
    assertThat(accepted.getExpiresAt().getSeconds())
        .isEqualTo(CLOCK.instant().plus(Duration.ofDays(7)).getEpochSecond());

    logout(issued.getToken());
    assertThat(reason(issued.getToken())).isEqualTo(Reason.REASON_NOT_LIVE);
    assertFails(Status.Code.UNAUTHENTICATED, () -> logout(issued.getToken()));
  }

  @Test
  void writesTheClaimsOfTheDesign() {
    User user = newUser();
    IssuedToken issued = issue(user.getEmail());
    long now = CLOCK.instant().getEpochSecond();
    assertThat(claims(issued.getToken()))
        .isEqualTo(
            """
            {"jti":"%s","sub":"%s","exp":%d,"iat":%d,"mender.user":true,\
            "iss":"mender.useradm","scp":"mender.*","nbf":%d}"""
                .formatted(issued.getTokenId(), user.getId(), now + 604800, now, now));
    assertThat(UUID.fromString(issued.getTokenId()).version()).isEqualTo(4);
  }

  @Test
  void issuesATokenThatNeverExpiresWhenAsked() {
    User user = newUser();
    LoginRequest request =
        LoginRequest.newBuilder()
            .setEmail(user.getEmail())
            .setPassword(PASSWORD)
            .setNoExpiry(true)
            .build();
    String token = sessions().login(request).getIssued().getToken();
    assertThat(claims(token)).doesNotContain("exp");
    assertThat(verify(token).getAccepted().hasExpiresAt()).isFalse();
  }

  @Test
  void takesTheEmailInAnyCase() {
    User user = newUser();
    assertThat(user.getEmail()).isLowerCase();
    assertThat(login(user.getEmail().toUpperCase(java.util.Locale.ROOT), PASSWORD).hasIssued())
        .isTrue();
  }

  @Test
  void tellsAWrongPasswordFromAnUnknownUserToNobody() {
    User user = newUser();
    LoginResponse wrong = login(user.getEmail(), "wrong horse battery");
    assertThat(wrong.hasRejected()).isTrue();
    assertThat(login("nobody@example.com", PASSWORD)).isEqualTo(wrong);
    assertThat(login("no address\0at all", PASSWORD)).isEqualTo(wrong);
    assertThat(login("", "")).isEqualTo(wrong);
    assertThat(login(user.getEmail(), "x".repeat(1_000_000))).isEqualTo(wrong);
  }

  @Test
  void hashesAsOftenForAnUnknownUserAsForAKnownOne() {
    String known = newUser().getEmail();
    double before = hashes();
    assertThat(login(known, "wrong horse battery").hasRejected()).isTrue();
    double forKnown = hashes() - before;
    assertThat(login("nobody@example.com", "wrong horse battery").hasRejected()).isTrue();
    assertThat(login("no address", "wrong horse battery").hasRejected()).isTrue();
    assertThat(forKnown).isEqualTo(1);
    assertThat(hashes() - before).isEqualTo(3);
  }

  @Test
  void showsWhatItDoesAndThatItIsReady() {
    String token = issue(newUser().getEmail()).getToken();
    assertThat(verify(token).hasAccepted()).isTrue();
    assertThat(reason("junk")).isEqualTo(Reason.REASON_MALFORMED);
    assertThat(management("/readyz")).isEqualTo("ready\n");
    assertThat(management("/metrics"))
        .contains("rekey_token_verdicts_total{kid=\"0\",outcome=\"accepted\"")
        .contains("reason=\"malformed\",ring=\"useradm\"} ")
        .contains("rekey_registry_lookups_total{outcome=\"miss\"}")
        .contains("rekey_logins_total{outcome=\"issued\"}")
        .doesNotContain(token);
  }

  @Test
  void endsTheOldestSessionOverTheLimitAtOnce() {
    String email = newUser().getEmail();
    String oldest = issue(email).getToken();
    assertThat(verify(oldest).hasAccepted()).isTrue();
    List<String> newer = new ArrayList<>();
    for (int i = 0; i < SESSIONS; i++) {
      newer.add(issue(email).getToken());
    }
    assertThat(reason(oldest)).isEqualTo(Reason.REASON_NOT_LIVE);
    assertThat(newer).allSatisfy(token -> assertThat(verify(token).hasAccepted()).isTrue());
  }

  @Test
  void refusesAnExpiredTokenAtThatVerySecond() {
    try (UseradmServer shortLived = another(Map.of("USERADM_JWT_EXP_TIMEOUT", "60"))) {
      ManagedChannel channel = channel(shortLived, "gateway");
      User user = newUser();
      String token = issue(channel, user.getEmail()).getToken();
      assertThat(verify(channel, token).hasAccepted()).isTrue();
      CLOCK.advance(Duration.ofSeconds(59));
      assertThat(verify(channel, token).hasAccepted()).isTrue();
      CLOCK.advance(Duration.ofSeconds(1));
      assertThat(verify(channel, token).getRefused().getReason()).isEqualTo(Reason.REASON_EXPIRED);
    }
  }

  @Test
  void refusesATokenThatTheKeystoreSignedButNobodyEntered() {
    String claims =
        """
        {"jti":"%s","sub":"%s","iat":%d,"nbf":0,"mender.user":true,"iss":"mender.useradm",\
        "scp":"mender.*"}"""
            .formatted(UUID.randomUUID(), newUser().getId(), CLOCK.instant().getEpochSecond());
    KeystoreSigner signer =
        new KeystoreSigner(
            managed(
                Channels.open(keystore.target(), "keystore", authority.credentials("useradm"))));
    var signed = (TokenSigner.Signed) signer.sign(claims.getBytes(StandardCharsets.UTF_8));
    assertThat(reason(signed.token())).isEqualTo(Reason.REASON_NOT_LIVE);
  }

  @Test
  void signsWithTheNewKeyAndRefusesTheTokensWhoseKeyFileIsRemoved() {
    try (Keystore own = new Keystore(authority, POSTGRES);
        UseradmServer rotating = another(ownedBy(own))) {
      ManagedChannel channel = channel(rotating, "gateway");
      String email = freshEmail();
      create(channel, email, PASSWORD);
      IssuedToken old = issue(channel, email);
      assertThat(old.getKid()).isZero();

      KeyFiles.place(
          own.keys("useradm").resolve("private.id.5539.pem"),
          KeyFiles.pkcs8(KeyFiles.ec("secp256r1")));
      activate(own, 5539);
      IssuedToken young = issue(channel, email);
      assertThat(young.getKid()).isEqualTo(5539);
      assertThat(verify(channel, young.getToken()).getAccepted().getKid()).isEqualTo(5539);
      assertThat(verify(channel, old.getToken()).getAccepted().getKid()).isZero();

      delete(own.keys("useradm").resolve("private.pem"));
      Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(verify(channel, old.getToken()).getRefused().getReason())
                      .isEqualTo(Reason.REASON_KEY_RETIRED));
      assertThat(verify(channel, young.getToken()).hasAccepted()).isTrue();
    }
  }

  @Test
  void refusesATamperedToken() {
    String token = issue(newUser().getEmail()).getToken();
    String[] parts = token.split("\\.", -1);
    String claims = claims(token).replace("\"mender.user\":true", "\"mender.user\":true ");
    String tampered = parts[0] + "." + base64(claims) + "." + parts[2];
    assertThat(reason(tampered)).isEqualTo(Reason.REASON_BAD_SIGNATURE);
    assertThat(reason("")).isEqualTo(Reason.REASON_MALFORMED);
    assertThat(reason("\u00ff.\u00ff.\u00ff")).isEqualTo(Reason.REASON_MALFORMED);
  }

  @Test
  void letsAnotherReplicaForgetALoggedOutTokenWithinTheRegistrysTime() {
    try (UseradmServer replica = another(Map.of())) {
      ManagedChannel channel = channel(replica, "gateway");
      String token = issue(newUser().getEmail()).getToken();
      assertThat(verify(channel, token).hasAccepted()).isTrue();
      logout(token);
      Awaitility.await().until(() -> verify(channel, token).hasRefused());
    }
  }

  @Test
  void answersManyTokensOverOneStream() throws InterruptedException {
    String token = issue(newUser().getEmail()).getToken();
    BlockingQueue<VerdictBatch> answers = new LinkedBlockingQueue<>();
    StreamObserver<VerifyBatch> questions =
        TokenVerifierGrpc.newStub(gateway)
            .verifyStream(
                new StreamObserver<>() {
                  @Override
                  public void onNext(VerdictBatch batch) {
                    answers.add(batch);
                  }

                  @Override
                  public void onError(Throwable failure) {}

                  @Override
                  public void onCompleted() {}
                });
    VerifyBatch.Builder batch = VerifyBatch.newBuilder();
    for (int i = 0; i < 100; i++) {
      batch.addItems(
          VerifyBatch.Item.newBuilder()
              .setId(i)
              .setRequest(request(i % 2 == 0 ? token : token + "x")));
    }
    questions.onNext(batch.build());
    Map<Long, VerdictCase> verdicts = new HashMap<>();
    while (verdicts.size() < 100) {
      VerdictBatch some = answers.poll(10, TimeUnit.SECONDS);
      assertThat(some).isNotNull();
      some.getItemsList()
          .forEach(item -> verdicts.put(item.getId(), item.getResponse().getVerdictCase()));
    }
    questions.onCompleted();
    assertThat(verdicts)
        .allSatisfy(
            (id, verdict) ->
                assertThat(verdict)
                    .isEqualTo(id % 2 == 0 ? VerdictCase.ACCEPTED : VerdictCase.REFUSED));
  }

  @Test
  void doesNotCallATokenBadWhenTheRegistryCannotBeAsked() throws SQLException {
    DatabaseSettings own = POSTGRES.newDatabase();
    try (UseradmServer alone = another(PostgresExtension.environment("USERADM", own))) {
      ManagedChannel channel = channel(alone, "gateway");
      String email = freshEmail();
      create(channel, email, PASSWORD);
      String token = issue(channel, email).getToken();
      admin(own, "ALTER DATABASE %s ALLOW_CONNECTIONS false");
      assertFails(Status.Code.UNAVAILABLE, () -> verify(channel, token));
      assertFails(
          Status.Code.UNAVAILABLE,
          () -> SessionsGrpc.newBlockingStub(channel).login(loginRequest(email, PASSWORD)));
      admin(own, "ALTER DATABASE %s ALLOW_CONNECTIONS true");
      Awaitility.await()
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(verify(channel, token).hasAccepted()).isTrue());
    }
  }

  @Test
  void storesNothingWhenTheKeystoreCannotSign() throws SQLException {
    DatabaseSettings own = POSTGRES.newDatabase();
    Map<String, String> changed = new HashMap<>(PostgresExtension.environment("USERADM", own));
    changed.put("USERADM_KEYSTORE_TARGET", "127.0.0.1:1");
    try (UseradmServer alone = UseradmServer.start(with(changed), CLOCK)) {
      ManagedChannel channel = channel(alone, "gateway");
      String email = freshEmail();
      create(channel, email, PASSWORD);
      assertFails(
          Status.Code.UNAVAILABLE,
          () -> SessionsGrpc.newBlockingStub(channel).login(loginRequest(email, PASSWORD)));
      assertThat(rows(own, "SELECT count(*) FROM useradm.token")).isZero();
      assertThat(rows(own, "SELECT count(*) FROM useradm.users WHERE login_at IS NOT NULL"))
          .isZero();
    }
  }

  @Test
  void answersOnlyTheCallersThatTheContractNames() {
    ManagedChannel operator = channel(server, "operator");
    create(operator, freshEmail(), PASSWORD);
    assertFails(
        Status.Code.PERMISSION_DENIED,
        () -> SessionsGrpc.newBlockingStub(operator).login(LoginRequest.getDefaultInstance()));
    assertFails(Status.Code.PERMISSION_DENIED, () -> verify(operator, "x"));
  }

  /// As an operator would: again until the keystore has seen the file.
  private static void activate(Keystore keystore, long kid) {
    KeyAdminGrpc.KeyAdminBlockingStub operator =
        KeyAdminGrpc.newBlockingStub(
            managed(
                Channels.open(keystore.target(), "keystore", authority.credentials("operator"))));
    ActivateKeyRequest request =
        ActivateKeyRequest.newBuilder().setRing("useradm").setKid(kid).setReason("test").build();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> operator.activateKey(request).getKey().getKid() == kid);
  }

  private static Map<String, String> ownedBy(Keystore keystore) {
    Map<String, String> changed =
        new HashMap<>(PostgresExtension.environment("USERADM", POSTGRES.newDatabase()));
    changed.put("USERADM_KEYSTORE_TARGET", keystore.target());
    changed.put("USERADM_KEYLOG_PUBLIC_KEY", keystore.logKey().toString());
    return changed;
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double hashes() {
    return management("/metrics")
        .lines()
        .filter(line -> line.startsWith("rekey_password_hash_seconds_count"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
        .sum();
  }

  private static String management(String path) {
    URI uri = URI.create("http://127.0.0.1:" + MANAGEMENT_PORT + path);
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static UseradmServer another(Map<String, String> changed) {
    UseradmServer started = UseradmServer.start(with(changed), CLOCK);
    awaitServing(channel(started, "gateway"));
    return started;
  }

  private static Map<String, String> with(Map<String, String> changed) {
    Map<String, String> environment = new HashMap<>(ENVIRONMENT);
    environment.putAll(changed);
    return environment;
  }

  private static ManagedChannel channel(UseradmServer to, String caller) {
    return managed(
        Channels.open("127.0.0.1:" + to.port(), "useradm", authority.credentials(caller)));
  }

  private static ManagedChannel managed(ManagedChannel channel) {
    CHANNELS.add(channel);
    return channel;
  }

  private static void awaitServing(ManagedChannel channel) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> Installation.health(channel) == ServingStatus.SERVING);
  }

  private static String freshEmail() {
    return UUID.randomUUID() + "@Example.com";
  }

  private static User newUser() {
    return create(freshEmail(), PASSWORD);
  }

  private static User create(String email, String password) {
    return create(gateway, email, password);
  }

  private static User create(ManagedChannel channel, String email, String password) {
    return UsersGrpc.newBlockingStub(channel)
        .createUser(CreateUserRequest.newBuilder().setEmail(email).setPassword(password).build())
        .getUser();
  }

  private static SessionsGrpc.SessionsBlockingStub sessions() {
    return SessionsGrpc.newBlockingStub(gateway);
  }

  private static LoginRequest loginRequest(String email, String password) {
    return LoginRequest.newBuilder().setEmail(email).setPassword(password).build();
  }

  private static LoginResponse login(String email, String password) {
    return sessions().login(loginRequest(email, password));
  }

  private static IssuedToken issue(String email) {
    return issue(gateway, email);
  }

  private static IssuedToken issue(ManagedChannel channel, String email) {
    LoginResponse response =
        SessionsGrpc.newBlockingStub(channel).login(loginRequest(email, PASSWORD));
    assertThat(response.hasIssued()).isTrue();
    return response.getIssued();
  }

  private static void logout(String token) {
    var _ =
        sessions().logout(LogoutRequest.newBuilder().setToken(request(token).getToken()).build());
  }

  private static VerifyRequest request(String token) {
    return VerifyRequest.newBuilder()
        .setToken(ByteString.copyFrom(token, StandardCharsets.ISO_8859_1))
        .build();
  }

  private static VerifyResponse verify(String token) {
    return verify(gateway, token);
  }

  private static VerifyResponse verify(ManagedChannel channel, String token) {
    return TokenVerifierGrpc.newBlockingStub(channel).verify(request(token));
  }

  private static Reason reason(String token) {
    return verify(token).getRefused().getReason();
  }

  private static String claims(String token) {
    byte[] json = Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]);
    return new String(json, StandardCharsets.UTF_8);
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertFails(Status.Code code, Executable call) {
    assertThatThrownBy(call::execute)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class, e -> assertThat(e.getStatus().getCode()).isEqualTo(code));
  }

  private static void admin(DatabaseSettings target, String statement) throws SQLException {
    String name = target.url().substring(target.url().lastIndexOf('/') + 1);
    String url = target.url().replace("/" + name, "/postgres");
    try (Connection connection = DriverManager.getConnection(url, target.user(), "");
        Statement sql = connection.createStatement()) {
      sql.execute(statement.formatted(name));
      sql.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'"
              .formatted(name));
    }
  }

  private static long rows(DatabaseSettings target, String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection(target.url(), target.user(), "");
        Statement sql = connection.createStatement();
        var result = sql.executeQuery(query)) {
      assertThat(result.next()).isTrue();
      return result.getLong(1);
    }
  }
}
