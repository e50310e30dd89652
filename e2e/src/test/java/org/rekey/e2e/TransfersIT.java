package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.e2e.platform.SmallGateway;
import org.rekey.testkit.PostgresExtension;

/// Bodies that are larger than the gateway's memory.
class TransfersIT {
  private static final String UPLOAD = "/api/management/v1/inventory/artifacts";
  private static final int MEGABYTES = 50;
  private static final int AT_ONCE = 4;
  private static final int HEAP_MEGABYTES = 64;
  private static final int DIRECT_MEGABYTES = 48;

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static Platform platform;
  private static SmallGateway gateway;
  private static String token;

  @BeforeAll
  static void start() {
    platform = Platform.start(directory, POSTGRES);
    platform.createUser("admin@example.com", "correct horse");
    gateway = new SmallGateway(platform, directory, HEAP_MEGABYTES, DIRECT_MEGABYTES, Map.of());
    try (Client client = client(HttpClient.Version.HTTP_1_1)) {
      token = client.login("admin@example.com", "correct horse");
    }
  }

  @AfterAll
  static void stop() {
    gateway.close();
    platform.close();
  }

  private static Client client(HttpClient.Version version) {
    return new Client(gateway.url(), platform.caCertificate(), version);
  }

  /// Eight of them have 400 MB, the gateway 112. The second round shows that the first left nothing
  /// behind.
  @ParameterizedTest
  @EnumSource(names = {"HTTP_1_1", "HTTP_2"})
  void manyLargeBodiesBothWaysAtOnceTakeNoMoreMemory(HttpClient.Version version) throws Exception {
    byte[] body = new byte[MEGABYTES << 20];
    new Random(1).nextBytes(body);
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    round(version, body, hash);
    long before = gateway.residentMegabytes();
    round(version, body, hash);
    assertThat(gateway.isAlive()).isTrue();
    assertThat(gateway.residentMegabytes()).isLessThan(before + 48);
  }

  private static void round(HttpClient.Version version, byte[] body, String hash) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Client slow = client(version)) {
      HttpResponse<InputStream> unread = download(slow);
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        all.add(threads.submit(() -> uploads(version, body, hash)));
        all.add(threads.submit(() -> downloads(version)));
      }
      for (Future<?> one : all) {
        one.get();
      }
      // Nobody has read a byte of this one, and all others went on.
      try (InputStream in = unread.body()) {
        assertThat(in.transferTo(OutputStream.nullOutputStream())).isEqualTo(body.length);
      }
    }
  }

  private static void uploads(HttpClient.Version version, byte[] body, String hash) {
    try (Client client = client(version)) {
      HttpResponse<String> answer =
          client.send(client.authorized(UPLOAD, token).POST(BodyPublishers.ofByteArray(body)));
      assertThat(answer.body()).contains(hash);
    }
  }

  private static void downloads(HttpClient.Version version) {
    try (Client client = client(version);
        InputStream in = download(client).body()) {
      assertThat(in.transferTo(OutputStream.nullOutputStream())).isEqualTo(MEGABYTES << 20);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpResponse<InputStream> download(Client client) {
    return client.send(
        client.authorized("/api/management/v1/big/" + (MEGABYTES << 20), token),
        BodyHandlers.ofInputStream());
  }
}
