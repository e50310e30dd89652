package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
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

  private Map<String, String> environment(TestAuthority authority, Keystore keystore) {
    Map<String, String> environment = new HashMap<>();
    environment.putAll(authority.environment("USERADM", "useradm"));
    environment.putAll(PostgresExtension.environment("USERADM", POSTGRES.newDatabase()));
    environment.put("USERADM_LISTEN", "127.0.0.1:0");
    environment.put("USERADM_MANAGEMENT_LISTEN", "127.0.0.1:" + management);
    environment.put("USERADM_KEYSTORE_TARGET", keystore.target());
    environment.put("USERADM_KEYLOG_PUBLIC_KEY", keystore.logKey().toString());
    return environment;
  }

  private HttpResponse<String> ready() {
    URI uri = URI.create("http://127.0.0.1:" + management + "/readyz");
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static ServingStatus health(ManagedChannel channel) {
    return HealthGrpc.newBlockingStub(channel)
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }

  @Test
  void waitsForItsFirstKeystoreAndGoesOnWithoutOne() throws InterruptedException {
    TestAuthority authority = TestAuthority.in(directory);
    Keystore keystore = new Keystore(authority, POSTGRES);
    keystore.close();
    try (UseradmServer server =
        UseradmServer.start(environment(authority, keystore), InstantSource.system())) {
      ManagedChannel channel =
          Channels.open("127.0.0.1:" + server.port(), "useradm", authority.credentials("gateway"));
      // Longer than it waits for a keystore once it has keys.
      for (int i = 0; i < 8; i++) {
        assertThat(ready().statusCode()).isEqualTo(503);
        assertThat(ready().body()).contains("key log").contains("keystore");
        assertThat(health(channel)).isEqualTo(ServingStatus.NOT_SERVING);
        Thread.sleep(500);
      }

      keystore.startAgain();
      await().atMost(LONG).until(() -> health(channel) == ServingStatus.SERVING);
      assertThat(ready().statusCode()).isEqualTo(200);
      assertThat(ready().body()).isEqualTo("ready\n");

      keystore.close();
      await().atMost(LONG).until(() -> ready().body().contains("nobody is given a new token"));
      assertThat(ready().statusCode()).isEqualTo(200);
      assertThat(health(channel)).isEqualTo(ServingStatus.SERVING);
      channel.shutdownNow();
    } finally {
      keystore.close();
    }
  }
}
