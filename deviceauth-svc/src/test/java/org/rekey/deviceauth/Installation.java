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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.function.Executable;
import org.rekey.proto.auth.v1.Refused.Reason;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;
import org.rekey.proto.deviceauth.v1.AuthRequestsGrpc;
import org.rekey.proto.deviceauth.v1.AuthSetRefusal;
import org.rekey.proto.deviceauth.v1.AuthenticateRequest;
import org.rekey.proto.deviceauth.v1.AuthenticateResponse;
import org.rekey.proto.deviceauth.v1.CountDevicesRequest;
import org.rekey.proto.deviceauth.v1.Device;
import org.rekey.proto.deviceauth.v1.DeviceStatus;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.proto.deviceauth.v1.GetDeviceRequest;
import org.rekey.proto.deviceauth.v1.IssuedToken;
import org.rekey.proto.deviceauth.v1.ListDevicesRequest;
import org.rekey.proto.deviceauth.v1.SetAuthSetStatusRequest;
import org.rekey.proto.deviceauth.v1.SetAuthSetStatusResponse;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.db.Database;
import org.rekey.runtime.grpc.Channels;
import org.rekey.testkit.MutableClock;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.ScratchDirectory;
import org.rekey.testkit.TestAuthority;

/// One deviceauth-svc or several on one database, beside a keystore-svc, and callers of both kinds.
final class Installation implements AutoCloseable {
  final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T12:00:00Z"));
  final DatabaseSettings settings;
  final Database database;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<DeviceauthServer> servers = new ArrayList<>();
  private final TestAuthority authority;
  private final Keystore keystore;
  private final Map<String, String> environment = new HashMap<>();
  private final ManagedChannel gateway;
  private final ManagedChannel operator;

  /// @param changed settings beside those that it needs
  Installation(PostgresExtension postgres, Map<String, String> changed) {
    authority = TestAuthority.in(ScratchDirectory.make("rekey-deviceauth"));
    keystore = new Keystore(authority, postgres);
    settings = postgres.newDatabase();
    environment.putAll(authority.environment("DEVICEAUTH", "deviceauth"));
    environment.putAll(PostgresExtension.environment("DEVICEAUTH", settings));
    environment.put("DEVICEAUTH_LISTEN", "127.0.0.1:0");
    environment.put("DEVICEAUTH_KEYSTORE_TARGET", keystore.target());
    environment.put("DEVICEAUTH_KEYLOG_PUBLIC_KEY", keystore.logKey().toString());
    environment.put("DEVICEAUTH_REGISTRY_TTL", "500ms");
    environment.putAll(changed);
    gateway = startAnother();
    operator = channel(servers.getFirst(), "operator");
    database = Database.open(settings, "deviceauth", new SimpleMeterRegistry());
  }

  /// Another service on the same database; its callers are the gateway.
  ManagedChannel startAnother() {
    DeviceauthServer server = DeviceauthServer.start(environment, clock);
    servers.add(server);
    ManagedChannel channel = channel(server, "gateway");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(
            () ->
                HealthGrpc.newBlockingStub(channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus()
                    == ServingStatus.SERVING);
    return channel;
  }

  private ManagedChannel channel(DeviceauthServer server, String caller) {
    ManagedChannel channel =
        Channels.open("127.0.0.1:" + server.port(), "deviceauth", authority.credentials(caller));
    channels.add(channel);
    return channel;
  }

  /// A channel to the keystore.
  ManagedChannel keystore(String caller) {
    ManagedChannel channel =
        Channels.open(keystore.target(), "keystore", authority.credentials(caller));
    channels.add(channel);
    return channel;
  }

  /// Stops the first service, which writes down what it has in memory.
  void stopFirst() {
    servers.removeFirst().close();
  }

  @Override
  public void close() {
    for (ManagedChannel channel : channels) {
      try {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    database.close();
    servers.forEach(DeviceauthServer::close);
    keystore.close();
  }

  DevicesGrpc.DevicesBlockingStub devices() {
    return DevicesGrpc.newBlockingStub(gateway);
  }

  DevicesGrpc.DevicesBlockingStub operatorsDevices() {
    return DevicesGrpc.newBlockingStub(operator);
  }

  AuthenticateResponse ask(TestDevice device) {
    return ask(device.request());
  }

  AuthenticateResponse ask(AuthenticateRequest request) {
    return AuthRequestsGrpc.newBlockingStub(gateway).authenticate(request);
  }

  /// Asks for a token, which has to be there.
  IssuedToken token(TestDevice device) {
    AuthenticateResponse response = ask(device);
    assertThat(response.hasIssued()).as("%s", response).isTrue();
    return response.getIssued();
  }

  Device only(DeviceStatus status) {
    List<Device> devices = list(status);
    assertThat(devices).hasSize(1);
    return devices.getFirst();
  }

  List<Device> list(DeviceStatus... statuses) {
    return devices()
        .listDevices(
            ListDevicesRequest.newBuilder()
                .addAllStatuses(List.of(statuses))
                .setPage(1)
                .setPerPage(500)
                .build())
        .getDevicesList();
  }

  /// The device with this identity.
  Device find(TestDevice wanted) {
    List<Device> found =
        list().stream().filter(it -> it.getIdentityData().equals(wanted.idData())).toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  Device get(String id) {
    return devices().getDevice(GetDeviceRequest.newBuilder().setId(id).build()).getDevice();
  }

  long count(DeviceStatus... statuses) {
    return devices()
        .countDevices(CountDevicesRequest.newBuilder().addAllStatuses(List.of(statuses)).build())
        .getCount();
  }

  SetAuthSetStatusResponse set(String deviceId, String authSetId, DeviceStatus status) {
    return devices()
        .setAuthSetStatus(
            SetAuthSetStatusRequest.newBuilder()
                .setDeviceId(deviceId)
                .setAuthSetId(authSetId)
                .setStatus(status)
                .build());
  }

  AuthSetRefusal.Rule refusal(String deviceId, String authSetId, DeviceStatus status) {
    return set(deviceId, authSetId, status).getRefused().getRule();
  }

  /// A device that has asked and was accepted.
  Device accepted(TestDevice device) {
    assertThat(ask(device).hasNotAuthorized()).isTrue();
    Device pending = find(device);
    SetAuthSetStatusResponse accepted =
        set(pending.getId(), pending.getAuthSets(0).getId(), DeviceStatus.DEVICE_STATUS_ACCEPTED);
    assertThat(accepted.hasAuthSet()).isTrue();
    return get(pending.getId());
  }

  VerifyResponse verify(String token) {
    return verify(gateway, token);
  }

  static VerifyResponse verify(ManagedChannel service, String token) {
    return TokenVerifierGrpc.newBlockingStub(service)
        .verify(VerifyRequest.newBuilder().setToken(ByteString.copyFromUtf8(token)).build());
  }

  boolean isLive(IssuedToken token) {
    VerifyResponse response = verify(token.getToken());
    if (response.hasRefused()) {
      assertThat(response.getRefused().getReason()).isEqualTo(Reason.REASON_NOT_LIVE);
    }
    return response.hasAccepted();
  }

  static String claims(String token) {
    byte[] json = Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]);
    return new String(json, StandardCharsets.UTF_8);
  }

  /// Calls from many threads at once.
  static <T> List<T> together(int times, Callable<T> call) {
    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> calls =
          IntStream.range(0, times).mapToObj(_ -> callers.submit(call)).toList();
      List<T> answers = new ArrayList<>();
      for (Future<T> one : calls) {
        answers.add(one.get());
      }
      return answers;
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  static void assertFails(Status.Code code, Executable call) {
    assertThatThrownBy(call::execute)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class, e -> assertThat(e.getStatus().getCode()).isEqualTo(code));
  }
}
