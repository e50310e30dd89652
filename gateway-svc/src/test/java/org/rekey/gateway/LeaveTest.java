package org.rekey.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.config.SettingsException;

/// A gateway that stops, and one that takes its place at the same port.
class LeaveTest {
  private static final String ASK = "GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n";

  /// Whether the kernel gives a connection that nobody has taken yet to another gateway when the
  /// one that it was meant for closes the port; otherwise it is reset, before a byte of it is read.
  private static final Path MIGRATE = Path.of("/proc/sys/net/ipv4/tcp_migrate_req");

  @TempDir Path home;
  private final CountDownLatch mayAnswer = new CountDownLatch(1);
  private final CountDownLatch slowIsAsked = new CountDownLatch(1);
  private RawUpstream upstream;

  @BeforeEach
  void start() {
    upstream =
        new RawUpstream(
            talk -> {
              while (talk.readRequest()) {
                if (talk.last().contains("/slow")) {
                  slowIsAsked.countDown();
                  awaitQuietly(mayAnswer);
                }
                talk.answer(200, "ok");
              }
            });
  }

  @AfterEach
  void stop() {
    mayAnswer.countDown();
    upstream.close();
  }

  private Gate gate(String listen, boolean sharePort) {
    return new Gate(
        home,
        """
        routes:
          - path: /open
            audience: anyone
            upstream: %1$s
          - path: /slow
            audience: anyone
            upstream: %1$s
        """
            .formatted(upstream.url()),
        Map.of(
            "GATEWAY_LISTEN",
            listen,
            "GATEWAY_SHARE_PORT",
            Boolean.toString(sharePort),
            "GATEWAY_LEAVE_WITHIN",
            "5s"));
  }

  @Test
  void aGatewayIsExchangedForAnotherWhileClientsAskAndNoRequestIsLost() throws Exception {
    Gate now = gate("127.0.0.1:" + Gate.freePort(), true);
    Clients clients = new Clients(now);
    try {
      for (int exchange = 0; exchange < 3; exchange++) {
        Gate next = gate("127.0.0.1:" + now.port(), true);
        clients.awaitAnswers(200);
        now.close();
        now = next;
        clients.awaitAnswers(200);
      }
    } finally {
      clients.stop();
      now.close();
    }
    assertThat(clients.lost).isEmpty();
    if (Files.exists(MIGRATE) && Files.readString(MIGRATE).strip().equals("1")) {
      assertThat(clients.reset).isEmpty();
    }
  }

  @Test
  void aConnectionThatIsKeptIsAnsweredOnceMoreAndToldToComeAgain() throws Exception {
    Gate gate = gate("127.0.0.1:0", false);
    try (SSLSocket kept = gate.connect()) {
      assertThat(ask(kept)).startsWith("HTTP/1.1 200").doesNotContainIgnoringCase("connection:");
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(gate::close);
      awaitNobodyIsLetIn(gate);
      assertThat(ask(kept)).startsWith("HTTP/1.1 200").containsIgnoringCase("connection: close");
      assertThat(kept.getInputStream().read()).isEqualTo(-1);
      stopped.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aClientOfHttp2IsToldAtOnceAndItsStreamEndsInPeace() throws Exception {
    Gate gate = gate("127.0.0.1:0", false);
    try (H2 client = new H2(gate)) {
      client.send(
          H2.HEADERS,
          H2.END_HEADERS | H2.END_STREAM,
          1,
          H2.block(
              ":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", "/slow"));
      assertThat(slowIsAsked.await(10, TimeUnit.SECONDS)).isTrue();
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(gate::close);
      assertThat(client.outcome(1)).containsExactly("GOAWAY");
      mayAnswer.countDown();
      assertThat(client.outcome(1)).containsExactly("200");
      stopped.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aPortIsSharedOnlyIfBothGatewaysSaySo() {
    try (Gate gate = gate("127.0.0.1:0", false)) {
      String listen = "127.0.0.1:" + gate.port();
      assertThatThrownBy(() -> gate(listen, true))
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining("GATEWAY_LISTEN=" + listen);
    }
  }

  private static void awaitNobodyIsLetIn(Gate gate) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (true) {
      try {
        gate.connect().close();
      } catch (IOException e) {
        return;
      }
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(5);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The head of the answer.
  private static String ask(SSLSocket socket) throws IOException {
    socket.getOutputStream().write(ASK.getBytes(ISO_8859_1));
    InputStream in = socket.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int read = in.read();
      if (read < 0) {
        throw new IOException("the connection ended after " + head.length() + " characters");
      }
      head.append((char) read);
    }
    in.readNBytes("ok".length());
    return head.toString();
  }

  /// Some keep their connection until they are told to come again, others make one for each
  /// request.
  private static final class Clients {
    private final Gate gate;
    private final AtomicLong answers = new AtomicLong();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();
    final ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<String> reset = new ConcurrentLinkedQueue<>();

    Clients(Gate gate) {
      this.gate = gate;
      for (int i = 0; i < 4; i++) {
        boolean keeps = i % 2 == 0;
        threads.add(Thread.ofPlatform().start(() -> run(keeps)));
      }
    }

    private void run(boolean keeps) {
      while (!isOver.get()) {
        SSLSocket socket;
        try {
          socket = gate.connect();
        } catch (IOException e) {
          reset.add(e.toString());
          continue;
        }
        try (socket) {
          boolean goesOn = true;
          while (goesOn && !isOver.get()) {
            String head = ask(socket);
            if (!head.startsWith("HTTP/1.1 200")) {
              lost.add(head);
            }
            answers.incrementAndGet();
            goesOn = keeps && !head.contains("close");
          }
        } catch (IOException e) {
          lost.add(e.toString());
        }
      }
    }

    /// That so many more come.
    void awaitAnswers(int more) throws InterruptedException {
      long goal = answers.get() + more;
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (answers.get() < goal) {
        assertThat(System.nanoTime()).as("%s of %s answers", answers, goal).isLessThan(end);
        Thread.sleep(5);
      }
    }

    void stop() throws InterruptedException {
      isOver.set(true);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }
}
