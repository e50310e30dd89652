package org.rekey.runtime.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.tls.LocalAuthority;
import org.rekey.runtime.tls.ServiceCredentials;

class FirstContactTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @TempDir Path directory;
  private RpcServer keystore;
  private ManagedChannel channel;

  @BeforeEach
  void start() {
    LocalAuthority authority = LocalAuthority.open(directory, Instant.now(), new SecureRandom());
    keystore =
        RpcServer.start(
            new HostPort("127.0.0.1", 0),
            new ServiceCredentials(authority.issue("keystore", List.of("keystore"), List.of())),
            List.of(),
            new SimpleMeterRegistry());
    channel =
        Channels.open(
            "127.0.0.1:" + keystore.port(),
            "keystore",
            new ServiceCredentials(authority.issue("useradm", List.of("useradm"), List.of())));
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    keystore.close();
  }

  @Test
  void waitsUntilTheServiceSaysThatItServes() {
    FirstContact contact = new FirstContact(channel, "keystore", LONG);
    CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(contact::await);
    assertThat(waiting.copy().completeOnTimeout(false, 200, TimeUnit.MILLISECONDS).join())
        .isFalse();
    assertThat(contact.lacks()).isEqualTo("keystore-svc was not reached yet");
    keystore.ready(true);
    assertThat(waiting.orTimeout(10, TimeUnit.SECONDS).join()).isTrue();
    assertThat(contact.lacks()).isEmpty();
  }

  @Test
  void waitsForAWhileOnly() {
    FirstContact contact = new FirstContact(channel, "keystore", Duration.ofMillis(100));
    assertThat(contact.await()).isTrue();
    assertThat(contact.lacks()).isEmpty();
  }

  @Test
  void isNotReadyWhenItIsStoppedMeanwhile() throws InterruptedException {
    FirstContact contact = new FirstContact(channel, "keystore", LONG);
    CompletableFuture<Boolean> waited = new CompletableFuture<>();
    Thread waiting = Thread.ofVirtual().start(() -> waited.complete(contact.await()));
    waiting.interrupt();
    assertThat(waited.orTimeout(10, TimeUnit.SECONDS).join()).isFalse();
    assertThat(contact.lacks()).isNotEmpty();
  }
}
