package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.grpc.Channels;
import org.rekey.testkit.FreePort;
import org.rekey.testkit.PostgresExtension;
import org.rekey.testkit.TestAuthority;

/// What useradm-svc says of itself while its keystore is not there yet, and not there any more.
class ReadinessIT {
  private static final Duration LONG = Duration.ofSeconds(30);
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;

  private final int management = FreePort.next();

  private HttpResponse<String> ready() {
    URI uri = URI.create("http://127.0.0.1:" + management + "/readyz");
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void waitsForItsFirstKeystoreAndGoesOnWithoutOne() throws InterruptedException {
    TestAuthority authority = TestAuthority.in(directory);
    Keystore keystore = new Keystore(authority, POSTGRES);
    keystore.close();
    Map<String, String> environment =
        Installation.environment(authority, keystore, POSTGRES.newDatabase());
    environment.put("USERADM_MANAGEMENT_LISTEN", "127.0.0.1:" + management);
    try (UseradmServer server = UseradmServer.start(environment)) {
      ManagedChannel channel =
          Channels.open("127.0.0.1:" + server.port(), "useradm", authority.credentials("gateway"));
      // Longer than it waits for a keystore once it has keys.
      for (int i = 0; i < 8; i++) {
        assertThat(ready().statusCode()).isEqualTo(503);
        assertThat(ready().body()).contains("key log").contains("keystore");
        assertThat(Installation.health(channel)).isEqualTo(ServingStatus.NOT_SERVING);
        Thread.sleep(500);
      }

      keystore.startAgain();
      await().atMost(LONG).until(() -> Installation.health(channel) == ServingStatus.SERVING);
      assertThat(ready().statusCode()).isEqualTo(200);
      assertThat(ready().body()).isEqualTo("ready\n");

      keystore.close();
      await().atMost(LONG).until(() -> ready().body().contains("nobody is given a new token"));
      assertThat(ready().statusCode()).isEqualTo(200);
      assertThat(Installation.health(channel)).isEqualTo(ServingStatus.SERVING);
      channel.shutdownNow();
    } finally {
      keystore.close();
    }
  }
}
