package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
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
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.IssuedToken;
import org.rekey.proto.useradm.v1.LoginRequest;
import org.rekey.proto.useradm.v1.LoginResponse;
import org.rekey.proto.useradm.v1.PersonalAccessTokensGrpc;
import org.rekey.proto.useradm.v1.SessionsGrpc;
import org.rekey.proto.useradm.v1.SettingsGrpc;
import org.rekey.proto.useradm.v1.TakeoverGrpc;
import org.rekey.proto.useradm.v1.User;
import org.rekey.proto.useradm.v1.UsersGrpc;
import org.rekey.runtime.config.DatabaseSettings;
import org.rekey.runtime.grpc.Channels;
import org.rekey.testkit.MutableClock;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.ScratchDirectory;
import org.rekey.testkit.TestAuthority;

/// A useradm-svc beside a keystore-svc, both with databases of their own, and callers of both
/// kinds.
final class Installation implements AutoCloseable {
  static final String PASSWORD = "correct horse battery";

  final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T12:00:00Z"));
  final DatabaseSettings database;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final TestAuthority authority;
  private final Keystore keystore;
  private final UseradmServer server;
  private final ManagedChannel gateway;
  private final ManagedChannel operator;

  /// @param changed settings beside those that it needs
  Installation(PostgresExtension postgres, Map<String, String> changed) {
    authority = TestAuthority.in(ScratchDirectory.make("rekey-useradm"));
    keystore = new Keystore(authority, postgres);
    database = postgres.newDatabase();
    Map<String, String> environment = environment(authority, keystore, database);
    environment.put("USERADM_PASSWORD_MEMORY_KIB", "64");
    environment.put("USERADM_PASSWORD_ITERATIONS", "1");
    environment.putAll(changed);
    server = UseradmServer.start(environment, clock);
    gateway = channel("gateway");
    operator = channel("operator");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> health(gateway) == ServingStatus.SERVING);
  }

  /// What a useradm-svc has to know of those beside it.
  static Map<String, String> environment(
      TestAuthority authority, Keystore keystore, DatabaseSettings database) {
    Map<String, String> environment = new HashMap<>();
    environment.putAll(authority.environment("USERADM", "useradm"));
    environment.putAll(PostgresExtension.environment("USERADM", database));
    environment.put("USERADM_LISTEN", "127.0.0.1:0");
    environment.put("USERADM_KEYSTORE_TARGET", keystore.target());
    environment.put("USERADM_KEYLOG_PUBLIC_KEY", keystore.logKey().toString());
    return environment;
  }

  /// What it says of itself to those who call it.
  static ServingStatus health(ManagedChannel channel) {
    return HealthGrpc.newBlockingStub(channel)
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
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
    server.close();
    keystore.close();
  }

  private ManagedChannel channel(String caller) {
    ManagedChannel channel =
        Channels.open("127.0.0.1:" + server.port(), "useradm", authority.credentials(caller));
    channels.add(channel);
    return channel;
  }

  UsersGrpc.UsersBlockingStub users() {
    return UsersGrpc.newBlockingStub(gateway);
  }

  UsersGrpc.UsersBlockingStub operatorsUsers() {
    return UsersGrpc.newBlockingStub(operator);
  }

  SessionsGrpc.SessionsBlockingStub sessions() {
    return SessionsGrpc.newBlockingStub(gateway);
  }

  PersonalAccessTokensGrpc.PersonalAccessTokensBlockingStub tokens() {
    return PersonalAccessTokensGrpc.newBlockingStub(gateway);
  }

  SettingsGrpc.SettingsBlockingStub settings() {
    return SettingsGrpc.newBlockingStub(gateway);
  }

  TakeoverGrpc.TakeoverBlockingStub takeover() {
    return TakeoverGrpc.newBlockingStub(operator);
  }

  static String freshEmail() {
    return UUID.randomUUID() + "@example.com";
  }

  User newUser() {
    return users()
        .createUser(
            CreateUserRequest.newBuilder().setEmail(freshEmail()).setPassword(PASSWORD).build())
        .getUser();
  }

  LoginResponse login(String email, String password) {
    return sessions()
        .login(LoginRequest.newBuilder().setEmail(email).setPassword(password).build());
  }

  IssuedToken issue(User user) {
    LoginResponse response = login(user.getEmail(), PASSWORD);
    assertThat(response.hasIssued()).isTrue();
    return response.getIssued();
  }

  VerifyResponse verify(String token) {
    return TokenVerifierGrpc.newBlockingStub(gateway)
        .verify(VerifyRequest.newBuilder().setToken(ByteString.copyFromUtf8(token)).build());
  }

  boolean isLive(IssuedToken token) {
    VerifyResponse response = verify(token.getToken());
    if (response.hasRefused()) {
      assertThat(response.getRefused().getReason()).isEqualTo(Reason.REASON_NOT_LIVE);
    }
    return response.hasAccepted();
  }

  /// As another system would have done it: signed by the same key, and entered nowhere.
  String sign(UserClaims claims) {
    ManagedChannel channel =
        Channels.open(keystore.target(), "keystore", authority.credentials("useradm"));
    channels.add(channel);
    var signer = new org.rekey.useradm.keystore.KeystoreSigner(channel);
    return ((TokenSigner.Signed) signer.sign(claims.json())).token();
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
