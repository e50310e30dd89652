package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What one client may have, and what all of them together.
@SuppressWarnings("StringConcatToTextBlock") // the line ends are part of what is said
class LimitsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  @TempDir Path home;
  private final CountDownLatch mayAnswer = new CountDownLatch(1);
  private final RawUpstream upstream =
      new RawUpstream(
          talk -> {
            while (talk.readRequest()) {
              if (talk.last().contains("/slow")) {
                awaitQuietly();
              }
              talk.answer(200, "ok");
            }
          });

  @AfterEach
  void stop() {
    mayAnswer.countDown();
    upstream.close();
  }

  private void awaitQuietly() {
    try {
      mayAnswer.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Gate gate(Map<String, String> settings) {
    return new Gate(
        home,
        "routes:\n  - path: /open\n    audience: anyone\n    upstream: " + upstream.url() + "\n",
        settings);
  }

  private static HttpRequest request(Gate gate, String path) {
    return HttpRequest.newBuilder(URI.create(gate.url(path))).timeout(PATIENCE).build();
  }

  @Test
  void whoAsksTooOftenIsToldWhenToComeAgain() throws Exception {
    try (Gate gate =
            gate(
                Map.of(
                    "GATEWAY_REQUESTS_PER_ADDRESS", "3/1h", "GATEWAY_UNLIMITED_NETWORKS", "none"));
        HttpClient client = gate.client(HttpClient.Version.HTTP_1_1)) {
      for (int i = 0; i < 3; i++) {
        assertThat(client.send(request(gate, "/open"), BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      }
      HttpResponse<String> refused = client.send(request(gate, "/open"), BodyHandlers.ofString());
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElse("")))
          .isBetween(1000, 1201);
      try (HttpClient other = gate.client(HttpClient.Version.HTTP_2)) {
        assertThat(other.send(request(gate, "/open"), BodyHandlers.ofString()).statusCode())
            .isEqualTo(429);
      }
    }
    assertThat(upstream.requests()).hasSize(3);
  }

  @Test
  void thisMachineIsNotLimitedUnlessItIsSaid() throws Exception {
    try (Gate gate = gate(Map.of("GATEWAY_REQUESTS_PER_ADDRESS", "1/1h"));
        HttpClient client = gate.client(HttpClient.Version.HTTP_1_1)) {
      for (int i = 0; i < 3; i++) {
        assertThat(client.send(request(gate, "/open"), BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void connectionsOverTheLimitAreClosedAndThoseThatEndMakeRoom() throws Exception {
    try (Gate gate =
        gate(
            Map.of("GATEWAY_CONNECTIONS_PER_ADDRESS", "2", "GATEWAY_UNLIMITED_NETWORKS", "none"))) {
      try (SSLSocket one = gate.connect();
          SSLSocket two = gate.connect()) {
        assertThat(isServed(one)).isTrue();
        assertThat(isServed(two)).isTrue();
        assertThat(isServed(gate)).isFalse();
      }
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!isServed(gate)) {
        assertThat(System.nanoTime()).isLessThan(end);
      }
    }
  }

  /// A connection that never agrees on anything is one all the same, and who comes over the limit
  /// costs no handshake.
  @Test
  void connectionsAreCountedBeforeTheirHandshake() throws Exception {
    try (Gate gate =
            gate(
                Map.of(
                    "GATEWAY_CONNECTIONS_PER_ADDRESS", "2", "GATEWAY_UNLIMITED_NETWORKS", "none"));
        Socket one = new Socket(InetAddress.getLoopbackAddress(), gate.port());
        Socket two = new Socket(InetAddress.getLoopbackAddress(), gate.port())) {
      assertThat(isClosed(gate)).isTrue();
      assertThat(one.isConnected() && two.isConnected()).isTrue();
      assertThat(Scrape.of(gate).value("gateway_connections_refused_total")).isEqualTo(1);
    }
  }

  private static boolean isClosed(Gate gate) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gate.port())) {
      socket.setSoTimeout(8_000);
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  @Test
  void aHandshakeThatDoesNotGoOnIsEnded() throws Exception {
    try (Gate gate = gate(Map.of("GATEWAY_HANDSHAKE_TIMEOUT", "1s"))) {
      assertThat(isClosed(gate)).isTrue();
      assertThat(Scrape.of(gate).value("gateway_tls_handshake_failures_total{cause=\"timeout\"}"))
          .isEqualTo(1);
    }
  }

  /// A socket that has become a web socket is counted until it is closed, and not for ever.
  @Test
  void webSocketsThatEndMakeRoom() throws Exception {
    try (RawUpstream sockets =
            new RawUpstream(
                talk -> {
                  talk.readHead();
                  talk.say(
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          + "Connection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n");
                });
        Gate gate =
            new Gate(
                home,
                "routes:\n  - path: /\n    audience: anyone\n    upstream: " + sockets.url() + "\n",
                Map.of(
                    "GATEWAY_CONNECTIONS_PER_ADDRESS",
                    "2",
                    "GATEWAY_UNLIMITED_NETWORKS",
                    "none"))) {
      for (int i = 0; i < 6; i++) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!upgrades(gate)) {
          assertThat(System.nanoTime()).as("web socket %s", i).isLessThan(end);
        }
      }
    }
  }

  private static boolean upgrades(Gate gate) {
    try (SSLSocket socket = gate.connect()) {
      socket
          .getOutputStream()
          .write(
              ("GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
                      + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII)
          .equals("HTTP/1.1 101");
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isServed(Gate gate) {
    try (SSLSocket socket = gate.connect()) {
      return isServed(socket);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isServed(SSLSocket socket) {
    try {
      socket
          .getOutputStream()
          .write("GET /open HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().read() == 'H';
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void whatIsTooMuchForAllIs503AtOnceAndGoodAgainAfterwards() throws Exception {
    try (Gate gate = gate(Map.of("GATEWAY_MAX_REQUESTS", "4"));
        HttpClient client = gate.client(HttpClient.Version.HTTP_2)) {
      List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        all.add(client.sendAsync(request(gate, "/open/slow"), BodyHandlers.ofString()));
      }
      // While four hang, all others have their answer.
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (all.stream().filter(CompletableFuture::isDone).count() < 36) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(10);
      }
      mayAnswer.countDown();
      int good = 0;
      for (CompletableFuture<HttpResponse<String>> answer : all) {
        HttpResponse<String> response = answer.get();
        assertThat(response.statusCode()).isIn(200, 503);
        good += response.statusCode() == 200 ? 1 : 0;
        if (response.statusCode() == 503) {
          assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
        }
      }
      assertThat(good).isEqualTo(4);
      assertThat(client.send(request(gate, "/open"), BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
    }
  }
}
