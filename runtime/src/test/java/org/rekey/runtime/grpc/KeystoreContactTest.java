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
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.tls.LocalAuthority;
import org.rekey.runtime.tls.ServiceCredentials;

class KeystoreContactTest {
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
  void waitsUntilTheKeystoreSaysThatItServes() {
    KeystoreContact contact = new KeystoreContact(channel, LONG);
    CompletableFuture<Void> ready = new CompletableFuture<>();
    Thread.ofVirtual().start(() -> contact.thenRun(() -> ready.complete(null)));
    assertThat(ready.copy().completeOnTimeout(null, 200, TimeUnit.MILLISECONDS))
        .succeedsWithin(Duration.ofSeconds(10));
    assertThat(ready).isNotDone();
    assertThat(contact.lacks()).isEqualTo("keystore-svc was not reached yet");
    keystore.ready(true);
    assertThat(ready).succeedsWithin(Duration.ofSeconds(10));
    assertThat(contact.lacks()).isEmpty();
    assertThat(contact.notes()).isEmpty();
  }

  @Test
  void waitsForAWhileOnlyAndTellsWhatIsNotThereYet() {
    KeystoreContact contact = new KeystoreContact(channel, Duration.ofMillis(100));
    AtomicBoolean isReady = new AtomicBoolean();
    contact.thenRun(() -> isReady.set(true));
    assertThat(isReady).isTrue();
    assertThat(contact.lacks()).isEmpty();
    assertThat(contact.notes())
        .containsExactly("keystore-svc cannot serve yet: nobody is given a new token");
  }

  @Test
  void isNotReadyWhenItIsStoppedMeanwhile() throws InterruptedException {
    KeystoreContact contact = new KeystoreContact(channel, LONG);
    AtomicBoolean isReady = new AtomicBoolean();
    Thread waiting = Thread.ofVirtual().start(() -> contact.thenRun(() -> isReady.set(true)));
    waiting.interrupt();
    assertThat(waiting.join(Duration.ofSeconds(10))).isTrue();
    assertThat(isReady).isFalse();
    assertThat(contact.lacks()).isNotEmpty();
  }
}
