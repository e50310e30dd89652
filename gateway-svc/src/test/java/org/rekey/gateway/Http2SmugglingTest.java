package org.rekey.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// HTTP/2 that would be something else once it is written as HTTP/1.1, frame by frame.
class Http2SmugglingTest {
  @TempDir static Path home;

  @RegisterExtension static final GatedUpstream site = GatedUpstream.open(() -> home);

  static Stream<Arguments> headers() {
    return Stream.of(
        row("transfer-encoding", "transfer-encoding", "chunked"),
        row("connection", "connection", "close"),
        row("connection that names a header", "connection", "x-forwarded-for"),
        row("upgrade", "upgrade", "h2c"),
        row("keep-alive", "keep-alive", "1"),
        row("proxy-connection", "proxy-connection", "close"),
        row("te other than trailers", "te", "chunked"),
        row("CRLF in a value", "x-a", "b\r\ntransfer-encoding: chunked"),
        row("LF in a value", "x-a", "b\ncontent-length: 0"),
        row("CR in a value", "x-a", "b\rc"),
        row("NUL in a value", "x-a", "b\0c"),
        row("CRLF in a name", "x-a: b\r\nx-b", "c"),
        row("a colon in a name", "x-a: b", "c"),
        row("a blank in a name", "x a", "c"),
        row("capitals in a name", "X-A", "c"),
        row("an empty name", "", "c"),
        row("a pseudo-header late", ":path", "/open/other"),
        row("a pseudo-header that is none", ":other", "x"),
        row("the pseudo-header of an answer", ":status", "200"),
        row("another host", "host", "other"),
        row("a length that is none", "content-length", "x"),
        row("a list of lengths", "content-length", "0, 5"),
        row("a length where no body comes", "content-length", "5"));
  }

  static Stream<Arguments> pseudoHeaders() {
    return Stream.of(
        pseudo("a path with a blank", "GET", "/open /x", "localhost"),
        pseudo(
            "a path with a whole request",
            "GET",
            "/open HTTP/1.1\r\nHost: x\r\n\r\nGET /open/smuggled",
            "x"),
        pseudo("a path with LF", "GET", "/open\n/x", "localhost"),
        pseudo("an empty path", "GET", "", "localhost"),
        pseudo("an absolute path", "GET", "http://localhost/open", "localhost"),
        pseudo("a star", "OPTIONS", "*", "localhost"),
        pseudo(
            "a method with a blank",
            "GET /open/smuggled HTTP/1.1\r\n\r\nGET",
            "/open",
            "localhost"),
        pseudo("a method with CRLF", "GET\r\n", "/open", "localhost"),
        pseudo("an authority with a blank", "GET", "/open", "a b"),
        pseudo("an authority with CRLF", "GET", "/open", "a\r\nx-b: c"),
        pseudo("an authority with a path", "GET", "/open", "localhost/x"),
        pseudo("an authority with a user", "GET", "/open", "user@localhost"));
  }

  private static Arguments row(String name, String header, String value) {
    return Arguments.argumentSet(name, header, value);
  }

  private static Arguments pseudo(String name, String method, String path, String authority) {
    return Arguments.argumentSet(name, method, path, authority);
  }

  @ParameterizedTest
  @MethodSource("headers")
  void refusesAHeader(String name, String value) throws IOException {
    assertRefused(
        H2.block(
            ":method",
            "GET",
            ":scheme",
            "https",
            ":authority",
            "localhost",
            ":path",
            "/open",
            name,
            value));
  }

  @ParameterizedTest
  @MethodSource("pseudoHeaders")
  void refusesWhatIsNoRequestLine(String method, String path, String authority) throws IOException {
    assertRefused(
        H2.block(":method", method, ":scheme", "https", ":authority", authority, ":path", path));
  }

  @Test
  void refusesPseudoHeadersTwice() throws IOException {
    assertRefused(
        H2.block(
            ":method",
            "GET",
            ":scheme",
            "https",
            ":authority",
            "localhost",
            ":path",
            "/open",
            ":path",
            "/open/2"));
    assertRefused(
        H2.block(
            ":method",
            "GET",
            ":method",
            "POST",
            ":scheme",
            "https",
            ":authority",
            "localhost",
            ":path",
            "/open"));
  }

  @Test
  void refusesABodyLongerThanItsLength() throws IOException {
    assertRefusedWithBody("2", "GET /open/smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  @Test
  void refusesABodyShorterThanItsLength() throws IOException {
    assertRefusedWithBody("50", "short");
  }

  @Test
  void takesWhatIsWell() throws IOException {
    try (H2 client = new H2(site.gate())) {
      client.send(H2.HEADERS, H2.END_HEADERS, 1, post("5"));
      client.send(H2.DATA, H2.END_STREAM, 1, "hello".getBytes(ISO_8859_1));
      assertThat(client.outcome(1)).containsExactly("200");
    }
    assertThat(site.upstream().requests()).containsExactly("POST /open hello");
  }

  private static byte[] post(String length) {
    return H2.block(
        ":method",
        "POST",
        ":scheme",
        "https",
        ":authority",
        "localhost",
        ":path",
        "/open",
        "content-length",
        length);
  }

  private static void assertRefusedWithBody(String length, String body) throws IOException {
    try (H2 client = new H2(site.gate())) {
      client.send(H2.HEADERS, H2.END_HEADERS, 1, post(length));
      client.send(H2.DATA, H2.END_STREAM, 1, body.getBytes(ISO_8859_1));
      assertThat(client.outcome(1)).doesNotContain("200");
    }
    assertThat(site.upstream().requests()).isEmpty();
  }

  private static void assertRefused(byte[] block) throws IOException {
    try (H2 client = new H2(site.gate())) {
      client.send(H2.HEADERS, H2.END_HEADERS | H2.END_STREAM, 1, block);
      List<String> outcome = client.outcome(1);
      assertThat(outcome).doesNotContain("200");
    }
    assertThat(site.upstream().heads()).isEmpty();
  }
}
