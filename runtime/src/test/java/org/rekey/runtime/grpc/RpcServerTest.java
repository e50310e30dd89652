package org.rekey.runtime.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ServerCredentials;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.auth.v1.Refused;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;
import org.rekey.proto.keystore.v1.SignRequest;
import org.rekey.proto.keystore.v1.SignResponse;
import org.rekey.proto.keystore.v1.SignerGrpc;
import org.rekey.proto.useradm.v1.ListUsersRequest;
import org.rekey.proto.useradm.v1.ListUsersResponse;
import org.rekey.proto.useradm.v1.UsersGrpc;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.server.FirstAnswer;
import org.rekey.runtime.tls.LocalAuthority;
import org.rekey.runtime.tls.ServiceCredentials;
import org.slf4j.LoggerFactory;

/// The chassis over real connections: who may call, what may be sent, what a failure looks like.
class RpcServerTest {
  @TempDir Path directory;
  private RpcServer server;
  private LocalAuthority authority;
  private final List<ManagedChannel> channels = new java.util.ArrayList<>();

  @BeforeEach
  void start() {
    authority = LocalAuthority.open(directory, Instant.now(), new SecureRandom());
    server =
        RpcServer.start(
            new HostPort("127.0.0.1", 0),
            credentials(authority, "keystore"),
            List.of(
                RpcService.of(SignerGrpc.getServiceDescriptor())
                    .unary(SignerGrpc.getSignMethod(), RpcServerTest::sign)
                    .build(),
                RpcService.of(UsersGrpc.getServiceDescriptor())
                    .unary(
                        UsersGrpc.getListUsersMethod(), _ -> ListUsersResponse.getDefaultInstance())
                    .build(),
                RpcService.of(TokenVerifierGrpc.getServiceDescriptor())
                    .direct(
                        TokenVerifierGrpc.getVerifyMethod(),
                        _ -> CompletableFuture.completedFuture(refusal()))
                    .build()),
            new SimpleMeterRegistry());
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (ManagedChannel channel : channels) {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
    server.close();
  }

  private static SignResponse sign(SignRequest request) {
    return switch (request.getClaims().toStringUtf8()) {
      case "{\"boom\":1}" -> throw new IllegalStateException("a secret detail");
      case "{\"error\":1}" -> throw new NoSuchMethodError("a secret detail");
      case "{\"away\":1}" -> throw RpcFailure.unavailable("ring useradm has no key that can sign");
      default -> SignResponse.newBuilder().setToken(Caller.current().name()).build();
    };
  }

  private static VerifyResponse refusal() {
    return VerifyResponse.newBuilder()
        .setRefused(Refused.newBuilder().setReason(Refused.Reason.REASON_MALFORMED))
        .build();
  }

  private static ServiceCredentials credentials(LocalAuthority authority, String name) {
    return new ServiceCredentials(authority.issue(name, List.of(), List.of()));
  }

  private ManagedChannel channel(ServiceCredentials credentials, String expectedName) {
    ManagedChannel channel = Channels.open("127.0.0.1:" + server.port(), expectedName, credentials);
    channels.add(channel);
    return channel;
  }

  private SignResponse signAs(String caller, String claims) {
    return SignerGrpc.newBlockingStub(channel(credentials(authority, caller), "keystore"))
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .sign(
            SignRequest.newBuilder()
                .setRing("useradm")
                .setClaims(ByteString.copyFromUtf8(claims))
                .build());
  }

  private static void assertStatus(
      Status.Code code, String text, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).contains(text);
            });
  }

  @Test
  void tellsTheHandlerWhoCalls() {
    assertThat(signAs("useradm", "{}").getToken()).isEqualTo("useradm");
  }

  @Test
  void tellsTheLogOnceThatTheFirstCallIsAnswered() {
    var logger = (Logger) LoggerFactory.getLogger(FirstAnswer.class);
    var lines = new ListAppender<ILoggingEvent>();
    lines.start();
    logger.addAppender(lines);
    logger.setLevel(Level.INFO);
    try {
      HealthGrpc.newBlockingStub(channel(credentials(authority, "gateway"), "keystore"))
          .check(HealthCheckRequest.getDefaultInstance());
      assertThatThrownBy(() -> signAs("useradm", "{\"boom\":1}")).isNotNull();
      assertThat(lines.list).as("health and failures are no answers").isEmpty();
      signAs("useradm", "{}");
      signAs("useradm", "{}");
    } finally {
      logger.setLevel(null);
      logger.detachAppender(lines);
    }
    assertThat(lines.list)
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.getMessage()).isEqualTo("the first call is answered");
              assertThat(line.getKeyValuePairs().getFirst().value)
                  .isEqualTo("rekey.keystore.v1.Signer/Sign");
            });
  }

  @Test
  void refusesACallerThatTheContractDoesNotName() {
    assertStatus(
        Status.Code.PERMISSION_DENIED,
        "caller \"gateway\" may not call rekey.keystore.v1.Signer/Sign",
        () -> signAs("gateway", "{}"));
  }

  @Test
  void refusesAMessageThatBreaksAFieldRule() {
    assertStatus(Status.Code.INVALID_ARGUMENT, "claims", () -> signAs("useradm", "x"));
  }

  @Test
  void refusesATimeThatIsNone() {
    ListUsersRequest request =
        ListUsersRequest.newBuilder()
            .setCreatedAfter(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))
            .build();
    assertStatus(
        Status.Code.INVALID_ARGUMENT,
        "a time is out of range",
        () ->
            UsersGrpc.newBlockingStub(channel(credentials(authority, "gateway"), "keystore"))
                .listUsers(request));
  }

  @Test
  void answersUnimplementedForAMethodThatIsNotBound() {
    assertStatus(
        Status.Code.UNIMPLEMENTED,
        "SignManifest",
        () ->
            SignerGrpc.newBlockingStub(channel(credentials(authority, "operator"), "keystore"))
                .signManifest(
                    org.rekey.proto.keystore.v1.SignManifestRequest.newBuilder()
                        .setManifest(ByteString.copyFrom(new byte[32]))
                        .build()));
  }

  @Test
  void hidesWhyAnUnexpectedFailureHappened() {
    assertStatus(Status.Code.INTERNAL, "internal error", () -> signAs("useradm", "{\"boom\":1}"));
  }

  @Test
  void answersAlsoWhenTheHandlerEndsWithAnError() {
    assertStatus(Status.Code.INTERNAL, "internal error", () -> signAs("useradm", "{\"error\":1}"));
  }

  @Test
  void passesOnAFailureThatTheHandlerNames() {
    assertStatus(
        Status.Code.UNAVAILABLE, "no key that can sign", () -> signAs("useradm", "{\"away\":1}"));
  }

  @Test
  void refusesAClientOfAnotherAuthority(@TempDir Path elsewhere) {
    LocalAuthority other = LocalAuthority.open(elsewhere, Instant.now(), new SecureRandom());
    TlsMix mix =
        new TlsMix(other.issue("useradm", List.of(), List.of()), authority.caCertificate());
    assertThatThrownBy(
            () ->
                SignerGrpc.newBlockingStub(channel(new ServiceCredentials(mix), "keystore"))
                    .withDeadlineAfter(5, TimeUnit.SECONDS)
                    .sign(
                        SignRequest.newBuilder()
                            .setRing("useradm")
                            .setClaims(ByteString.copyFromUtf8("{}"))
                            .build()))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageNotContaining("PERMISSION_DENIED");
  }

  @Test
  void doesNotTalkToAServerOfAnotherName() {
    assertThatThrownBy(
            () ->
                SignerGrpc.newBlockingStub(channel(credentials(authority, "useradm"), "gateway"))
                    .withDeadlineAfter(5, TimeUnit.SECONDS)
                    .sign(
                        SignRequest.newBuilder()
                            .setRing("useradm")
                            .setClaims(ByteString.copyFromUtf8("{}"))
                            .build()))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContaining("UNAVAILABLE");
  }

  @Test
  void servesDirectHandlersOnTheEventLoop() {
    VerifyResponse response =
        TokenVerifierGrpc.newBlockingStub(channel(credentials(authority, "gateway"), "keystore"))
            .verify(VerifyRequest.getDefaultInstance());
    assertThat(response.getRefused().getReason()).isEqualTo(Refused.Reason.REASON_MALFORMED);
  }

  @Test
  void saysServingOnlyWhenReady() {
    var health =
        HealthGrpc.newBlockingStub(channel(credentials(authority, "operator"), "keystore"));
    assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
        .isEqualTo(ServingStatus.NOT_SERVING);
    server.ready(true);
    assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  private static VerifyResponse ask(ManagedChannel channel) {
    return TokenVerifierGrpc.newBlockingStub(channel)
        .withDeadlineAfter(10, TimeUnit.SECONDS)
        .verify(VerifyRequest.getDefaultInstance());
  }

  private static RpcServer forOthers(ServerCredentials credentials, Optional<Set<String>> callers) {
    return RpcServer.startForOthers(
        new HostPort("127.0.0.1", 0),
        credentials,
        callers,
        List.of(
            RpcService.of(TokenVerifierGrpc.getServiceDescriptor())
                .direct(
                    TokenVerifierGrpc.getVerifyMethod(),
                    _ -> CompletableFuture.completedFuture(refusal()))
                .build()),
        new SimpleMeterRegistry());
  }

  @Test
  void aContractOfOthersIsForThoseWhomTheServerNames() {
    server.close();
    server =
        forOthers(credentials(authority, "keystore").forServer(), Optional.of(Set.of("proxy")));
    assertThat(ask(channel(credentials(authority, "proxy"), "keystore")).hasRefused()).isTrue();
    assertStatus(
        Status.Code.PERMISSION_DENIED,
        "caller \"gateway\" may not call",
        () -> ask(channel(credentials(authority, "gateway"), "keystore")));
  }

  @Test
  void aPortForAnyoneAsksForNoCertificate() {
    server.close();
    server = forOthers(credentials(authority, "keystore").forServerOfAnyone(), Optional.empty());
    ManagedChannel overTls =
        Grpc.newChannelBuilderForAddress(
                "127.0.0.1", server.port(), trustOnly(authority.caCertificate()))
            .overrideAuthority("keystore")
            .build();
    channels.add(overTls);
    assertThat(ask(overTls).hasRefused()).isTrue();
    server.close();
    server = forOthers(InsecureServerCredentials.create(), Optional.empty());
    ManagedChannel plain =
        Grpc.newChannelBuilderForAddress(
                "127.0.0.1", server.port(), InsecureChannelCredentials.create())
            .build();
    channels.add(plain);
    assertThat(ask(plain).hasRefused()).isTrue();
  }

  private static ChannelCredentials trustOnly(Path ca) {
    try {
      return TlsChannelCredentials.newBuilder().trustManager(ca.toFile()).build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record TlsMix(Path certificate, Path key, Path ca)
      implements org.rekey.runtime.config.TlsSettings {
    TlsMix(LocalAuthority.Leaf leaf, Path ca) {
      this(leaf.certificate(), leaf.key(), ca);
    }
  }
}
