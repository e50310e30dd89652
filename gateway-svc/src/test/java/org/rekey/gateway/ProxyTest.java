package org.rekey.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of a request and its answer between a client and an upstream, with either of them
/// slow, rude or both.
@SuppressWarnings("StringConcatToTextBlock") // the line ends are part of what is said
class ProxyTest {
  private static final String PROTECTED = "/api/management/v1/inventory";
  @TempDir static Path home;
  private static RawUpstream echo;
  private static RawUpstream odd;
  private static Gate gate;
  private static HttpClient client;
  private static CountDownLatch answered = new CountDownLatch(1);
  private static final AtomicLong SENT = new AtomicLong();

  @BeforeAll
  static void start() {
    echo = new RawUpstream();
    odd = new RawUpstream(ProxyTest::odd);
    gate =
        new Gate(
            home,
            """
            defaults:
              answer_timeout: 1s
              idle_timeout: 2s
            routes:
              - path: /echo
                audience: anyone
                upstream: %1$s
                body_limit: 10KiB
              - path: /odd
                audience: anyone
                upstream: %2$s
              - path: /gone
                audience: anyone
                upstream: http://127.0.0.1:%3$d
              - path: %4$s
                upstream: %1$s
            """
                .formatted(echo.url(), odd.url(), Gate.freePort(), PROTECTED),
            Map.of("GATEWAY_REQUEST_HEAD_TIMEOUT", "1s", "GATEWAY_REQUEST_BODY_TIMEOUT", "1s"));
    client = gate.client(HttpClient.Version.HTTP_1_1);
  }

  @AfterAll
  static void stop() {
    client.shutdownNow();
    gate.close();
    echo.close();
    odd.close();
  }

  @BeforeEach
  void forget() {
    echo.requests().clear();
    echo.heads().clear();
  }

  /// Plays what the path asks for.
  private static void odd(RawUpstream.Talk talk) throws IOException {
    while (talk.readHead()) {
      String path = talk.head().split(" ", -1)[1];
      switch (path) {
        case "/odd/204" -> talk.say("HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n");
        case "/odd/304" ->
            talk.say("HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\nETag: x\r\n\r\n");
        case "/odd/head" -> talk.say("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n");
        case "/odd/until-close" -> {
          talk.say("HTTP/1.1 200 OK\r\n\r\nuntil close");
          return;
        }
        case "/odd/trailers" ->
            talk.say(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                    + "2\r\nab\r\n0\r\nX-Sum: 7\r\nContent-Length: 9\r\nSet-Cookie: a=b\r\n\r\n");
        case "/odd/informed" ->
            talk.say(
                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                    + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        case "/odd/silent" -> pause();
        case "/odd/stalls" -> {
          talk.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          pause();
        }
        case "/odd/breaks" -> {
          talk.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
          return;
        }
        case "/odd/early" -> {
          talk.say("HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmuch");
          answered.countDown();
          return;
        }
        case "/odd/deaf" -> pause();
        case "/odd/flood" -> flood(talk);
        case "/odd/garbage" -> {
          talk.say("SSH-2.0-OpenSSH_9.2\r\n");
          return;
        }
        default -> talk.answer(200, talk.head());
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(8000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void flood(RawUpstream.Talk talk) throws IOException {
    talk.say("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
    byte[] some = new byte[65536];
    for (int i = 0; i < 1600; i++) {
      talk.socket().getOutputStream().write(some);
      SENT.addAndGet(some.length);
    }
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(gate.url(path))).timeout(Duration.ofSeconds(20)).build(),
        BodyHandlers.ofString());
  }

  /// Sends bytes, and reads until the connection ends or nothing comes for a while.
  private static String say(String bytes) throws IOException {
    try (SSLSocket socket = gate.connect()) {
      socket.setSoTimeout(6000);
      write(socket, bytes);
      return readAll(socket);
    }
  }

  private static void write(SSLSocket socket, String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private static String readAll(SSLSocket socket) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try {
      socket.getInputStream().transferTo(answer);
    } catch (IOException e) {
      answer.writeBytes((" [" + e.getMessage() + "]").getBytes(ISO_8859_1));
    }
    return answer.toString(ISO_8859_1);
  }

  private static String readHead(SSLSocket socket) throws IOException {
    StringBuilder head = new StringBuilder();
    InputStream in = socket.getInputStream();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return head + " [closed]";
      }
      head.append((char) next);
    }
    return head.toString();
  }

  @Test
  void says100OnlyWhenTheBodyIsWanted() throws IOException {
    String head =
        " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    try (SSLSocket socket = gate.connect()) {
      write(socket, "POST /echo" + head);
      assertThat(readHead(socket)).startsWith("HTTP/1.1 100 Continue");
      write(socket, "hello");
      assertThat(readHead(socket)).startsWith("HTTP/1.1 200 OK");
    }
    assertThat(echo.requests()).containsExactly("POST /echo hello");
    assertThat(echo.heads().getFirst()).doesNotContainIgnoringCase("expect");
    try (SSLSocket socket = gate.connect()) {
      write(socket, "POST " + PROTECTED + head);
      assertThat(readHead(socket)).startsWith("HTTP/1.1 401 ");
    }
    try (SSLSocket socket = gate.connect()) {
      write(socket, "POST /echo" + head.replace("Length: 5", "Length: 10241"));
      assertThat(readHead(socket)).startsWith("HTTP/1.1 413 ");
    }
  }

  @Test
  void closesOnWhoeverIsSlowToSayWhatHeWants() throws Exception {
    try (SSLSocket nothing = gate.connect();
        SSLSocket half = gate.connect();
        SSLSocket kept = gate.connect();
        SSLSocket idle = gate.connect()) {
      write(half, "GET /echo HTTP/1.1\r\nHost: local");
      for (SSLSocket socket : new SSLSocket[] {kept, idle}) {
        write(socket, "GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(readHead(socket)).startsWith("HTTP/1.1 200");
        socket.getInputStream().readNBytes("GET /echo".length());
      }
      for (int i = 0; i < 12; i++) {
        try {
          write(kept, i == 0 ? "GET /echo HTTP/1.1\r\nX: " : "x");
        } catch (IOException e) {
          break;
        }
        Thread.sleep(200);
      }
      assertThat(readHead(nothing)).contains("[closed]");
      assertThat(readHead(half)).contains("[closed]");
      assertThat(readAll(kept)).doesNotContain("HTTP/1.1");
      // Devices keep their connection and say nothing on it for long.
      write(idle, "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      assertThat(readHead(idle)).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void aSlowUploadIsNotTakenForASlowHead() throws Exception {
    try (SSLSocket socket = gate.connect()) {
      write(socket, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\n");
      for (int i = 0; i < 8; i++) {
        Thread.sleep(300);
        write(socket, "a");
      }
      assertThat(readHead(socket)).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void aBodyThatDoesNotComeIs408() throws IOException {
    assertThat(say("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\nhalf"))
        .startsWith("HTTP/1.1 408 ")
        .containsIgnoringCase("connection: close");
  }

  @ParameterizedTest
  @EnumSource
  void anUpstreamThatDoesNotAnswerIs504(HttpClient.Version version) throws Exception {
    try (HttpClient other = gate.client(version)) {
      HttpResponse<String> response =
          other.send(
              HttpRequest.newBuilder(URI.create(gate.url("/odd/silent")))
                  .timeout(Duration.ofSeconds(20))
                  .build(),
              BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(504);
      assertThat(response.body()).contains("did not answer in time");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/odd/stalls", "/odd/breaks"})
  void anAnswerThatIsNotWholeIsSeenToBeSo(String path) {
    assertThatThrownBy(() -> get(path)).isInstanceOf(IOException.class);
  }

  @Test
  void anUpstreamThatSpeaksSomethingElseIs502() throws Exception {
    assertThat(get("/odd/garbage").statusCode()).isEqualTo(502);
  }

  @Test
  void anUpstreamThatIsGoneIs502AndSoon503() throws Exception {
    HttpResponse<String> first = get("/gone");
    assertThat(first.statusCode()).isEqualTo(502);
    assertThat(first.body()).contains("the upstream cannot be reached");
    for (int i = 0; i < 3; i++) {
      get("/gone");
    }
    HttpResponse<String> last = get("/gone");
    assertThat(last.statusCode()).isEqualTo(503);
    assertThat(last.headers().firstValue("Retry-After")).hasValue("1");
    assertThat(last.body()).contains("no upstream is healthy");
  }

  @ParameterizedTest
  @EnumSource
  void aBodyOverTheLimitIs413WhetherItSaysSoOrNot(HttpClient.Version version) throws Exception {
    byte[] body = new byte[20_000];
    try (HttpClient other = gate.client(version)) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(gate.url("/echo"))).timeout(Duration.ofSeconds(20));
      assertThat(
              other
                  .send(
                      request.POST(BodyPublishers.ofByteArray(body)).build(),
                      BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(413);
      assertThat(
              other
                  .send(
                      request
                          .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                          .build(),
                      BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(413);
      assertThat(
              other
                  .send(
                      request
                          .POST(
                              BodyPublishers.ofInputStream(
                                  () -> new ByteArrayInputStream(body, 0, 10_240)))
                          .build(),
                      BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(200);
    }
    assertThat(echo.requests()).hasSize(1);
  }

  @Test
  void tooManyAndTooLongHeadersAndTargetsHaveTheirStatus() throws IOException {
    String close = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    assertThat(say("GET /echo" + close + "X-A: b\r\n".repeat(101) + "\r\n"))
        .startsWith("HTTP/1.1 431 ");
    assertThat(say("GET /echo" + close + "X-A: b\r\n".repeat(90) + "\r\n"))
        .startsWith("HTTP/1.1 200 ");
    assertThat(say("GET /echo" + close + "X-A: " + "b".repeat(20_000) + "\r\n\r\n"))
        .matches("(?s)HTTP/1.[01] 431 .*");
    assertThat(say("GET /echo/" + "b".repeat(9000) + close + "\r\n"))
        .matches("(?s)HTTP/1.[01] 414 .*");
    assertThat(echo.requests()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"/odd/204,204", "/odd/304,304"})
  void anAnswerWithoutABodyHasNone(String path, int status) throws IOException {
    String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    String next = "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    String answer = say(request + next);
    assertThat(answer).startsWith("HTTP/1.1 " + status);
    int second = answer.indexOf("HTTP/1.1 200");
    assertThat(answer.substring(0, second))
        .doesNotContainIgnoringCase("transfer-encoding")
        .endsWith("\r\n\r\n");
  }

  @Test
  void headHasTheLengthAndNoBody() throws IOException {
    String answer =
        say(
            "HEAD /odd/head HTTP/1.1\r\nHost: localhost\r\n\r\n"
                + "GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200").containsIgnoringCase("content-length: 12345");
    assertThat(answer.substring(answer.indexOf("\r\n\r\n") + 4)).startsWith("HTTP/1.1 200");
  }

  @Test
  void anAnswerThatEndsWithItsConnectionIsWhole() throws Exception {
    assertThat(get("/odd/until-close").body()).isEqualTo("until close");
  }

  @Test
  void trailersGoAlongButForThoseThatBelongIntoAHead() throws IOException {
    String answer =
        say("GET /odd/trailers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertThat(answer.substring(answer.indexOf("\r\n0\r\n")))
        .containsIgnoringCase("X-Sum: 7")
        .doesNotContainIgnoringCase("content-length")
        .doesNotContainIgnoringCase("set-cookie");
  }

  @Test
  void whatIsSaidBeforeTheAnswerIsNotTakenForIt() throws Exception {
    HttpResponse<String> response = get("/odd/informed");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("ok");
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerBeforeTheEndOfTheRequestReachesTheClient(HttpClient.Version version)
      throws Exception {
    byte[] body = new byte[3 << 20];
    try (HttpClient other = gate.client(version)) {
      HttpResponse<String> response =
          other.send(
              HttpRequest.newBuilder(URI.create(gate.url("/odd/early")))
                  .timeout(Duration.ofSeconds(20))
                  .POST(BodyPublishers.ofByteArray(body))
                  .build(),
              BodyHandlers.ofString());
      assertThat(response.statusCode()).isIn(413, 502);
    }
    assertThat(answered.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aClientThatDoesNotReadHoldsNoMemory() throws Exception {
    SENT.set(0);
    try (SSLSocket socket = gate.connect()) {
      write(socket, "GET /odd/flood HTTP/1.1\r\nHost: localhost\r\n\r\n");
      Thread.sleep(1500);
      assertThat(SENT.get()).isPositive().isLessThan(30L << 20);
    }
  }

  @Test
  void anUpstreamThatDoesNotReadHoldsNoMemory() throws Exception {
    try (SSLSocket socket = gate.connect()) {
      write(
          socket,
          "POST /odd/deaf HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n");
      AtomicLong sent = new AtomicLong();
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    byte[] some = new byte[65536];
                    try {
                      for (int i = 0; i < 1600; i++) {
                        socket.getOutputStream().write(some);
                        sent.addAndGet(some.length);
                      }
                    } catch (IOException e) {
                      // The gateway has given up.
                    }
                  });
      Thread.sleep(1500);
      assertThat(sent.get()).isPositive().isLessThan(30L << 20);
      assertThat(readHead(socket)).startsWith("HTTP/1.1 504");
      writer.join(5000);
    }
  }
}
