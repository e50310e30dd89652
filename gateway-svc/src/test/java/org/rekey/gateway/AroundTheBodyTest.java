package org.rekey.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What may come after a request's body, and before an answer: it ends at the gateway, and what it
/// belongs to goes on whole.
@SuppressWarnings("StringConcatToTextBlock") // the line ends are part of what is said
class AroundTheBodyTest {
  @TempDir static Path home;
  private static RawUpstream upstream;
  private static Gate gate;

  @BeforeAll
  static void start() {
    upstream =
        new RawUpstream(
            talk -> {
              while (talk.readRequest()) {
                if (talk.last().contains("/hints")) {
                  talk.say("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n");
                } else if (talk.last().contains("/processing")) {
                  talk.say("HTTP/1.1 102 Processing\r\n\r\n");
                }
                talk.answer(200, talk.last());
              }
            });
    gate =
        new Gate(
            home,
            "routes:\n  - path: /open\n    audience: anyone\n    upstream: "
                + upstream.url()
                + "\n",
            Map.of());
  }

  @AfterAll
  static void stop() {
    gate.close();
    upstream.close();
  }

  @BeforeEach
  void forget() {
    upstream.requests().clear();
    upstream.heads().clear();
  }

  @Test
  void trailersOfARequestEndHereAndItsBodyGoesOn() throws IOException {
    String answer =
        gate.answer(
            "POST /open HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                + "Trailer: X-Sum\r\nConnection: close\r\n\r\n4\r\nabcd\r\n0\r\nX-Sum: 7\r\n"
                + "X-Rekey-Subject: root\r\nAuthorization: Bearer x\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200 ").endsWith("POST /open abcd");
    assertThat(upstream.requests()).containsExactly("POST /open abcd");
    assertThat(upstream.heads().getLast())
        .doesNotContain("X-Sum: 7")
        .doesNotContain("root")
        .doesNotContain("Bearer");
  }

  @Test
  void trailersOverHttp2EndHereToo() throws IOException {
    try (H2 client = new H2(gate)) {
      client.send(
          H2.HEADERS,
          H2.END_HEADERS,
          1,
          H2.block(
              ":method", "POST", ":scheme", "https", ":authority", "localhost", ":path", "/open"));
      client.send(H2.DATA, 0, 1, "abcd".getBytes(ISO_8859_1));
      client.send(
          H2.HEADERS,
          H2.END_HEADERS | H2.END_STREAM,
          1,
          H2.block("x-sum", "7", "x-rekey-subject", "root"));
      assertThat(client.outcome(1)).containsExactly("200");
    }
    assertThat(upstream.requests()).containsExactly("POST /open abcd");
    assertThat(upstream.heads().getLast()).doesNotContain("root");
  }

  @Test
  void earlyHintsEndHereAndTheAnswerGoesOn() throws IOException {
    assertThat(get("/open/hints"))
        .startsWith("HTTP/1.1 200 ")
        .doesNotContain("103")
        .doesNotContain("preload")
        .endsWith("GET /open/hints");
  }

  /// The HTTP library takes it for the answer itself.
  @Test
  void anotherAnswerBeforeTheAnswerIsABrokenUpstream() throws IOException {
    assertThat(get("/open/processing")).startsWith("HTTP/1.1 502 ");
  }

  private static String get(String path) throws IOException {
    return gate.answer("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
}
