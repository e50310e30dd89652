package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Command;
import org.rekey.e2e.platform.Platform;
import org.rekey.e2e.platform.SmallGateway;
import org.rekey.testkit.PostgresExtension;

/// Artifacts, which are larger than the gateway's memory: through it, and turned away by it.
class TransfersIT {
  private static final String UPLOAD = "/api/management/v1/inventory/artifacts";
  private static final int MEGABYTES = 50;
  private static final int AT_ONCE = 4;
  private static final int HEAP_MEGABYTES = 64;
  private static final int DIRECT_MEGABYTES = 48;

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static Platform platform;
  private static Path routes;
  private static ServerSocket refusing;
  private static SmallGateway gateway;
  private static String token;

  @BeforeAll
  static void start() throws IOException {
    platform = Platform.start(directory, POSTGRES);
    platform.createUser("admin@example.com", "correct horse");
    refusing = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(TransfersIT::refuseAll);
    routes = Files.writeString(directory.resolve("small.yaml"), routes(""));
    gateway =
        new SmallGateway(
            platform,
            directory,
            HEAP_MEGABYTES,
            DIRECT_MEGABYTES,
            Map.of("GATEWAY_ROUTES", routes.toString()));
    try (Client client = client(HttpClient.Version.HTTP_1_1)) {
      token = client.login("admin@example.com", "correct horse");
    }
  }

  @AfterAll
  static void stop() throws IOException {
    gateway.close();
    refusing.close();
    platform.close();
  }

  /// @param rule one more of the route for artifacts
  private static String routes(String rule) {
    return """
    routes:
      - path: /api/management
        upstream: http://127.0.0.1:%d
      - path: /api/management/v1/deployments/artifacts
        upstream: http://127.0.0.1:%d
        %s
    """
        .formatted(platform.upstreamPort(), refusing.getLocalPort(), rule);
  }

  /// An upstream that has heard enough when it knows who asks.
  private static void refuseAll() {
    while (!refusing.isClosed()) {
      try {
        Socket socket = refusing.accept();
        Thread.ofVirtual().start(() -> refuse(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private static void refuse(Socket socket) {
    try (socket) {
      socket.getInputStream().readNBytes(200);
      socket
          .getOutputStream()
          .write(
              "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}"
                  .getBytes(StandardCharsets.US_ASCII));
      Thread.sleep(Duration.ofSeconds(5));
    } catch (IOException e) {
      // The gateway has heard it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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

  /// The client sends on while it is refused, and would report a broken pipe if nobody read.
  @Test
  void theRealMenderCliHearsWhyItsUploadIsRefused() throws IOException {
    Assumptions.assumeTrue(
        Command.isInstalled("mender-cli"), "mender-cli is not installed: its part is skipped");
    Path artifact = directory.resolve("large.mender");
    byte[] body = new byte[30 << 20];
    new Random(2).nextBytes(body);
    Files.write(artifact, body);

    assertThat(uploadedByMenderCli(artifact, Tokens.withBrokenSignature(token)))
        .as("by the gateway, for its token")
        .contains("Unauthorized. Please Login first");
    assertThat(uploadedByMenderCli(artifact, token))
        .as("by an upstream that does not read on")
        .contains("status 403");
    Files.writeString(routes, routes("body_limit: 1MiB"));
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(uploadedByMenderCli(artifact, token))
                    .as("by the gateway, for its size")
                    .contains("status 413"));
  }

  private static String uploadedByMenderCli(Path artifact, String token) {
    keep(token);
    Command upload =
        Command.run(
            Map.of(
                "HOME",
                directory.toString(),
                "XDG_CACHE_HOME",
                directory.resolve("cache").toString(),
                "SSL_CERT_FILE",
                platform.caCertificate().toString()),
            "",
            List.of(
                "mender-cli",
                "artifacts",
                "upload",
                "--no-progress",
                "--server",
                gateway.url(),
                artifact.toString()));
    String said = upload.out() + upload.err();
    assertThat(upload.exit()).as(said).isEqualTo(1);
    assertThat(said).doesNotContain("broken pipe", "reset by peer");
    return said;
  }

  /// Where `mender-cli login` leaves a token.
  private static void keep(String token) {
    Path cache = directory.resolve("cache").resolve("mender");
    try {
      Files.createDirectories(cache);
      Files.writeString(cache.resolve("authtoken"), token);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
