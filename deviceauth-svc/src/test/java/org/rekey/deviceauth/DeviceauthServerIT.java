package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.deviceauth.DeviceTokens.KidUsage;
import org.rekey.deviceauth.postgres.PostgresDeviceTokens;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.proto.auth.v1.Refused.Reason;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;
import org.rekey.proto.deviceauth.v1.CountDevicesRequest;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.keystore.v1.SignRequest;
import org.rekey.proto.keystore.v1.SignerGrpc;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.db.Database;
import org.rekey.runtime.grpc.Channels;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.TestAuthority;

/// deviceauth-svc over real connections, beside a real keystore-svc and PostgreSQL.
class DeviceauthServerIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  /// The ring's default, which is Mender's.
  private static final String ISSUER = "Mender";

  @TempDir static Path directory;
  private static final List<ManagedChannel> CHANNELS = new ArrayList<>();

  private static TestAuthority authority;
  private static Keystore keystore;
  private static DeviceauthServer server;
  private static Database database;
  private static ManagedChannel gateway;

  @BeforeAll
  static void start() {
    authority = TestAuthority.in(directory);
    keystore = new Keystore(authority, POSTGRES);
    DatabaseSettings settings = POSTGRES.newDatabase();
    Map<String, String> environment = new HashMap<>();
    environment.putAll(authority.environment("DEVICEAUTH", "deviceauth"));
    environment.putAll(PostgresExtension.environment("DEVICEAUTH", settings));
    environment.put("DEVICEAUTH_LISTEN", "127.0.0.1:0");
    environment.put("DEVICEAUTH_KEYSTORE_TARGET", keystore.target());
    environment.put("DEVICEAUTH_KEYLOG_PUBLIC_KEY", keystore.logKey().toString());
    environment.put("DEVICEAUTH_REGISTRY_TTL", "500ms");
    server = DeviceauthServer.start(environment);
    database = Database.open(settings, "deviceauth", new SimpleMeterRegistry());
    gateway = open("127.0.0.1:" + server.port(), "deviceauth", "gateway");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(
            () ->
                HealthGrpc.newBlockingStub(gateway)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus()
                    == ServingStatus.SERVING);
  }

  @AfterAll
  static void stop() throws InterruptedException {
    for (ManagedChannel channel : CHANNELS) {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
    database.close();
    server.close();
    keystore.close();
  }

  @Test
  void acceptsATokenThatTheRegistryListsUntilItDoesNot() {
    String tokenId = UUID.randomUUID().toString();
    insert(tokenId, "device-1", null);
    String token = sign(tokenId, "device-1", "\"mender.device\":true");
    Accepted accepted = verify(token).getAccepted();
    assertThat(accepted.getSubject()).isEqualTo("device-1");
    assertThat(accepted.getTokenId()).isEqualTo(tokenId);
    assertThat(accepted.getKind()).isEqualTo(Accepted.Kind.KIND_DEVICE);
    delete(tokenId);
    Awaitility.await()
        .untilAsserted(() -> assertThat(reason(token)).isEqualTo(Reason.REASON_NOT_LIVE));
  }

  @Test
  void refusesATokenThatTheRegistryDoesNotList() {
    String token = sign(UUID.randomUUID().toString(), "device-2", "\"mender.device\":true");
    assertThat(reason(token)).isEqualTo(Reason.REASON_NOT_LIVE);
  }

  @Test
  void refusesATokenOfAnotherDevice() {
    String tokenId = UUID.randomUUID().toString();
    insert(tokenId, "device-3", null);
    assertThat(reason(sign(tokenId, "device-4", "\"mender.device\":true")))
        .isEqualTo(Reason.REASON_NOT_LIVE);
  }

  @Test
  void countsLiveTokensByKid() {
    Instant now = Instant.parse("2026-11-23T12:00:00Z");
    DatabaseSettings own = POSTGRES.newDatabase();
    try (Database empty = Database.open(own, "deviceauth", new SimpleMeterRegistry())) {
      PostgresDeviceTokens tokens = new PostgresDeviceTokens(empty.jdbi());
      assertThat(tokens.usage(now)).isEmpty();
      insert(empty, "t1", "d1", now.plusSeconds(5));
      insert(empty, "t2", "d1", now.minusSeconds(5));
      assertThat(tokens.usage(now)).containsExactly(new KidUsage(0, 1, now.plusSeconds(5), false));
      insert(empty, "t3", "d1", null);
      assertThat(tokens.usage(now)).containsExactly(new KidUsage(0, 2, now.plusSeconds(5), true));
    }
  }

  @Test
  void pretendsNothing() {
    assertThatThrownBy(
            () ->
                DevicesGrpc.newBlockingStub(gateway)
                    .countDevices(CountDevicesRequest.getDefaultInstance()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
  }

  private static String sign(String tokenId, String device, String purpose) {
    String claims =
        "{\"jti\":\"%s\",\"sub\":\"%s\",\"iss\":\"%s\",\"iat\":%d,%s}"
            .formatted(tokenId, device, ISSUER, Instant.now().getEpochSecond(), purpose);
    SignRequest request =
        SignRequest.newBuilder()
            .setRing("deviceauth")
            .setClaims(ByteString.copyFromUtf8(claims))
            .build();
    return SignerGrpc.newBlockingStub(open(keystore.target(), "keystore", "deviceauth"))
        .sign(request)
        .getToken();
  }

  private static void insert(String tokenId, String device, @Nullable Instant expiresAt) {
    insert(database, tokenId, device, expiresAt);
  }

  private static void insert(
      Database into, String tokenId, String device, @Nullable Instant expiresAt) {
    into.jdbi()
        .useHandle(
            handle ->
                handle
                    .createUpdate(
                        """
                        INSERT INTO device_token
                          (id, device_id, auth_set_id, kid, issued_at, expires_at)
                        VALUES (:id, :device, 'set', 0, now(), :expires)
                        """)
                    .bind("id", tokenId)
                    .bind("device", device)
                    .bind("expires", expiresAt)
                    .execute());
  }

  private static void delete(String tokenId) {
    database
        .jdbi()
        .useHandle(handle -> handle.execute("DELETE FROM device_token WHERE id = ?", tokenId));
  }

  private static ManagedChannel open(String target, String name, String caller) {
    ManagedChannel channel = Channels.open(target, name, authority.credentials(caller));
    CHANNELS.add(channel);
    return channel;
  }

  private static VerifyResponse verify(String token) {
    return TokenVerifierGrpc.newBlockingStub(gateway)
        .verify(VerifyRequest.newBuilder().setToken(ByteString.copyFromUtf8(token)).build());
  }

  private static Reason reason(String token) {
    return verify(token).getRefused().getReason();
  }
}
