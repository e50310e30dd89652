package org.rekey.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.grpc.RpcServer;

/// A service whose certificate is renewed while it serves, over real TLS.
final class ServiceCredentialsTest {
  private final Instant now = Instant.now();

  @TempDir private Path directory;
  private LocalAuthority before;
  private LocalAuthority after;
  private Own own;
  private ServiceCredentials served;
  private RpcServer server;

  private record Own(Path certificate, Path key, Path ca) implements TlsSettings {}

  @BeforeEach
  void start() throws IOException {
    before = authority("before");
    after = authority("after");
    Path files = Files.createDirectory(directory.resolve("files"));
    own =
        new Own(
            files.resolve("tls.pem"), files.resolve("tls.key"), files.resolve("authorities.pem"));
    show(before);
    trust(before);
    served = new ServiceCredentials(own);
    server =
        RpcServer.start(new HostPort("127.0.0.1", 0), served, List.of(), new SimpleMeterRegistry());
    server.ready(true);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private LocalAuthority authority(String name) {
    return LocalAuthority.open(directory.resolve(name), now, new SecureRandom());
  }

  private static LocalAuthority.Leaf keystoreOf(LocalAuthority authority) {
    return authority.issue("keystore", List.of(), List.of());
  }

  private void show(LocalAuthority issuer) throws IOException {
    Files.write(own.key(), Files.readAllBytes(keystoreOf(issuer).key()));
    Files.write(own.certificate(), Files.readAllBytes(keystoreOf(issuer).certificate()));
  }

  private void trust(LocalAuthority... trusted) throws IOException {
    StringBuilder together = new StringBuilder();
    for (LocalAuthority authority : trusted) {
      together.append(Files.readString(authority.caCertificate()));
    }
    Files.writeString(own.ca(), together.toString());
  }

  private static ServingStatus ask(ManagedChannel channel) {
    return HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(3, TimeUnit.SECONDS)
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }

  private ManagedChannel channel(ServiceCredentials credentials) {
    return Channels.open("127.0.0.1:" + server.port(), "keystore", credentials);
  }

  private ServingStatus askAnew(ServiceCredentials credentials) {
    ManagedChannel channel = channel(credentials);
    try {
      return ask(channel);
    } finally {
      channel.shutdownNow();
    }
  }

  /// A caller whose certificate is of this authority, and who trusts no other.
  private static ServiceCredentials of(LocalAuthority authority) {
    return new ServiceCredentials(authority.issue("useradm", List.of(), List.of()));
  }

  @Test
  void showsAndTrustsWhatTheFilesSayNowToWhoeverConnectsAnew() throws IOException {
    ManagedChannel open = channel(of(before));
    assertThat(ask(open)).isEqualTo(ServingStatus.SERVING);
    assertThatThrownBy(() -> askAnew(of(after))).isInstanceOf(StatusRuntimeException.class);

    show(after);
    trust(after);
    served.look();

    assertThat(ask(open)).as("who was connected before").isEqualTo(ServingStatus.SERVING);
    assertThat(askAnew(of(after))).isEqualTo(ServingStatus.SERVING);
    assertThatThrownBy(() -> askAnew(of(before))).isInstanceOf(StatusRuntimeException.class);
    assertThat(served.refused()).isEmpty();
    open.shutdownNow();
  }

  @Test
  void trustsBothAuthoritiesWhileOneFollowsTheOther() throws IOException {
    trust(before, after);
    served.look();
    assertThat(askAnew(of(before))).isEqualTo(ServingStatus.SERVING);
    ServiceCredentials caller = new ServiceCredentials(own);
    show(after);
    caller.look();
    assertThat(askAnew(caller))
        .as("a caller with its new certificate, and a server with its old one")
        .isEqualTo(ServingStatus.SERVING);
    served.look();
    assertThat(askAnew(of(after))).isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void goesOnWithWhatWasGoodWhileTheFilesDoNotBelongTogether() throws IOException {
    Files.write(own.certificate(), Files.readAllBytes(keystoreOf(after).certificate()));
    served.look();
    assertThat(served.refused())
        .singleElement()
        .asString()
        .contains("tls.key", "not the key of", "is the other file still to come?");
    assertThat(askAnew(of(before))).isEqualTo(ServingStatus.SERVING);

    Files.write(own.key(), Files.readAllBytes(keystoreOf(after).key()));
    trust(after);
    served.look();
    assertThat(served.refused()).isEmpty();
    assertThat(askAnew(of(after))).isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void goesOnWithWhatWasGoodWhenAFileIsGone() throws IOException {
    for (Path file : List.of(own.certificate(), own.key(), own.ca())) {
      byte[] content = Files.readAllBytes(file);
      Files.delete(file);
      served.look();
      assertThat(served.refused()).singleElement().asString().contains(file.toString());
      assertThat(askAnew(of(before))).isEqualTo(ServingStatus.SERVING);
      Files.write(file, content);
      served.look();
      assertThat(served.refused()).isEmpty();
    }
  }

  @Test
  void refusesACertificateThatIsNotInTime() {
    Instant end = served.expires();
    assertThatThrownBy(() -> new ServiceCredentials(own, InstantSource.fixed(end.plusSeconds(1))))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("tls.pem: expired at " + end);
    InstantSource early = InstantSource.fixed(now.minus(Duration.ofDays(1)));
    assertThatThrownBy(() -> new ServiceCredentials(own, early))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("tls.pem: not valid before");
  }

  @Test
  void neverSaysWhatAKeyFileContains() throws IOException {
    Files.writeString(
        own.key(), "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
    served.look();
    assertThat(served.refused())
        .singleElement()
        .asString()
        .contains("tls.key: not the private key of an EC certificate")
        .doesNotContain("c2VjcmV0", "secret");
  }

  @Test
  void showsInItsMetricsWhenItEnds() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    InstantSource later = InstantSource.fixed(now.plus(Duration.ofDays(100)));
    try (CredentialsWatch _ = new CredentialsWatch(served, meters, later)) {
      assertThat(meters.get("service.certificate.expires").gauge().value())
          .isBetween(
              (double) Duration.ofDays(290).toSeconds(), (double) Duration.ofDays(297).toSeconds());
      assertThat(meters.get("service.certificate.refused").gauge().value()).isZero();
    }
  }
}
