package org.rekey.runtime.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.tls.LocalAuthority;
import org.rekey.runtime.tls.ServiceCredentials;

class ChannelsTest {
  /// What gRPC itself makes of the same time.
  private static final int WITHOUT = 6;

  @Test
  void doesNotWaitLongerAndLongerForAReplicaThatIsAway(@TempDir Path directory) throws Exception {
    LocalAuthority authority = LocalAuthority.open(directory, Instant.now(), new SecureRandom());
    var credentials =
        new ServiceCredentials(authority.issue("gateway", List.of("localhost"), List.of()));
    CountDownLatch tries = new CountDownLatch(2 * WITHOUT);
    try (ServerSocket away = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> refuse(away, tries));
      ManagedChannel channel =
          Channels.open(
              "127.0.0.1:" + away.getLocalPort(), "useradm", credentials, Duration.ofMillis(50));
      try {
        assertThat(channel.getState(true)).isNotNull();
        assertThat(tries.await(10, TimeUnit.SECONDS)).as("%s tries to go", tries).isTrue();
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static void refuse(ServerSocket away, CountDownLatch tries) {
    while (!away.isClosed()) {
      try {
        away.accept().close();
        tries.countDown();
      } catch (IOException e) {
        return;
      }
    }
  }
}
