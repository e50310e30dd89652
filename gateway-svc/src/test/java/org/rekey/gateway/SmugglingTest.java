package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Requests that two programs could read differently, byte by byte over TLS: each is refused, the
/// connection ends, and the upstream never sees what was hidden in it.
class SmugglingTest {
  private static final String HIDDEN = "GET /open/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
  @TempDir static Path home;

  @RegisterExtension static final GatedUpstream site = GatedUpstream.open(() -> home);

  static Stream<Arguments> smuggled() {
    return Stream.of(
        row("CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked", "0\r\n\r\n" + HIDDEN)),
        row(
            "TE.CL",
            post(
                "Transfer-Encoding: chunked\r\nContent-Length: 4",
                "5c\r\n" + HIDDEN + "\r\n0\r\n\r\n")),
        row(
            "Connection names Authorization",
            post("Connection: Authorization\r\nContent-Length: 0", HIDDEN)),
        row(
            "Connection names Content-Length",
            post("Connection: close, content-length\r\nContent-Length: 0", HIDDEN)),
        row("TE.TE with xchunked", post("Transfer-Encoding: xchunked", "0\r\n\r\n" + HIDDEN)),
        row(
            "chunked in capitals, with more",
            post("Transfer-Encoding: CHUNKED, identity", "0\r\n\r\n" + HIDDEN)),
        row(
            "two Transfer-Encodings",
            post(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n" + HIDDEN)),
        row("chunked behind a tab", post("Transfer-Encoding:\tchunked\t, x", "0\r\n\r\n" + HIDDEN)),
        row("chunked in quotes", post("Transfer-Encoding: \"chunked\"", "0\r\n\r\n" + HIDDEN)),
        row(
            "chunked with a vertical tab",
            post("Transfer-Encoding: \u000bchunked", "0\r\n\r\n" + HIDDEN)),
        row("gzip, chunked", post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n" + HIDDEN)),
        row(
            "blank before the colon",
            post("Transfer-Encoding : chunked\r\nContent-Length: 0", HIDDEN)),
        row("tab before the colon", post("Content-Length\t: 5", "abcde" + HIDDEN)),
        row(
            "header begins with a blank",
            post(" Transfer-Encoding: chunked", "0\r\n\r\n" + HIDDEN)),
        row("two lengths", post("Content-Length: 0\r\nContent-Length: 44", HIDDEN)),
        row("the same length twice in one", post("Content-Length: 0, 0", HIDDEN)),
        row("a list of lengths", post("Content-Length: 0, 44", HIDDEN)),
        row("a length with a sign", post("Content-Length: +0", HIDDEN)),
        row("a negative length", post("Content-Length: -1", HIDDEN)),
        row("a length in hex", post("Content-Length: 0x0", HIDDEN)),
        row("a length too long", post("Content-Length: 99999999999999999999", HIDDEN)),
        row("an empty length", post("Content-Length: ", HIDDEN)),
        row("a length in other digits", post("Content-Length: \u00b2", HIDDEN)),
        row("no colon", post("Transfer-Encoding chunked", "0\r\n\r\n" + HIDDEN)),
        row("NUL in a name", post("Transfer\0-Encoding: chunked", "0\r\n\r\n" + HIDDEN)),
        row("NUL in a value", post("X-A: b\0c", HIDDEN)),
        row("CR in a value", post("X-A: b\rTransfer-Encoding: chunked", HIDDEN)),
        row(
            "bare LF ends a header",
            "POST /open HTTP/1.1\r\nHost: localhost\nContent-Length: 44\r\n\r\n" + HIDDEN),
        row(
            "bare LF ends the head",
            "POST /open HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\n\n" + HIDDEN),
        row(
            "bare LF ends the first line",
            "POST /open HTTP/1.1\nHost: localhost\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        row(
            "bare CR ends a header",
            "POST /open HTTP/1.1\r\nHost: localhost\rContent-Length: 44\r\n\r\n" + HIDDEN),
        row(
            "a path with a blank",
            "POST /open /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        row(
            "HTTP/1.2",
            "POST /open HTTP/1.2\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        row("HTTP/0.9", "GET /open\r\n\r\n" + HIDDEN),
        row(
            "HTTP/2.0 in words",
            "POST /open HTTP/2.0\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        row(
            "http in small letters",
            "POST /open http/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        row(
            "a method with a colon",
            "PO:ST /open HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        row(
            "chunked in HTTP/1.0",
            "POST /open HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + HIDDEN),
        row(
            "two hosts",
            "POST /open HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        row("no host", "POST /open HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + HIDDEN),
        row(
            "an absolute target",
            "POST http://other/open HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
                + HIDDEN),
        row("CONNECT", "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n" + HIDDEN));
  }

  static Stream<Arguments> smuggledInChunks() {
    return Stream.of(
        row("a chunk size that overflows", chunks("100000000\r\n" + HIDDEN)),
        row(
            "a chunk size that overflows a long",
            chunks("10000000000000004\r\nabcd\r\n0\r\n\r\n" + HIDDEN)),
        row("a negative chunk size", chunks("-4\r\nabcd\r\n0\r\n\r\n" + HIDDEN)),
        row("a chunk size with a sign", chunks("+4\r\nabcd\r\n0\r\n\r\n" + HIDDEN)),
        row("a chunk size in 0x", chunks("0x4\r\nabcd\r\n0\r\n\r\n" + HIDDEN)),
        row("no chunk size", chunks("\r\nabcd\r\n0\r\n\r\n" + HIDDEN)),
        row("a chunk longer than said", chunks("2\r\nabcd\r\n0\r\n\r\n" + HIDDEN)),
        row("a chunk extension with bare LF", chunks("4;a\nb\r\nabcd\r\n0\r\n\r\n" + HIDDEN)),
        row("a chunk size ends with bare LF", chunks("4\nabcd\r\n0\r\n\r\n" + HIDDEN)),
        row("a chunk ends with bare LF", chunks("4\r\nabcd\n0\r\n\r\n" + HIDDEN)));
  }

  private static Arguments row(String name, String bytes) {
    return Arguments.argumentSet(name, bytes);
  }

  private static String post(String headers, String body) {
    return "POST /open HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n\r\n" + body;
  }

  private static String chunks(String body) {
    return post("Transfer-Encoding: chunked", body);
  }

  @ParameterizedTest
  @MethodSource("smuggled")
  void refusesItWith400AndCloses(String bytes) throws IOException {
    String answer = site.gate().answer(bytes);
    assertThat(answer).matches("(?s)HTTP/[12]\\.[012] (400|501) .*");
    assertThat(answer.indexOf("HTTP/1.", 1)).isNegative();
    assertThat(site.upstream().requests()).isEmpty();
  }

  /// The head is good, so the request is on its way when the body turns out not to be.
  @ParameterizedTest
  @MethodSource("smuggledInChunks")
  void endsTheRequestWithoutASecondOne(String bytes) throws IOException {
    String answer = site.gate().answer(bytes);
    assertThat(answer).doesNotContain("HTTP/1.1 200");
    assertThat(answer.indexOf("HTTP/1.", 1)).isNegative();
    assertThat(site.upstream().requests()).isEmpty();
  }

  /// Both may be read so (RFC 9112 sections 3 and 5.2), and the upstream is not asked to.
  @Test
  void foldsAndBlanksAreGoneBehindTheGateway() throws IOException {
    String folded = "X-A: b\r\n Transfer-Encoding: chunked\r\nConnection: close";
    assertThat(
            site.gate().answer("GET  /open  HTTP/1.1\r\nHost: localhost\r\n" + folded + "\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
    assertThat(site.upstream().requests()).containsExactly("GET /open");
    assertThat(site.upstream().heads().getLast())
        .startsWith("GET /open HTTP/1.1\r\n")
        .contains("\r\nX-A: b Transfer-Encoding: chunked\r\n");
  }

  @Test
  void chunkExtensionsAreReadAndNotPassedOn() throws IOException {
    assertThat(site.gate().answer(chunks("4;name=value\r\nabcd\r\n0\r\n\r\n")))
        .startsWith("HTTP/1.1 200 ");
    assertThat(site.upstream().requests()).containsExactly("POST /open abcd");
  }

  @Test
  void pipelinedRequestsAreTwoRequests() throws IOException {
    assertThat(
            site.gate()
                .answer(
                    post("Content-Length: 2", "ab")
                        + "GET /open/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        .contains("POST /open ab", "GET /open/2");
    assertThat(site.upstream().requests()).containsExactly("POST /open ab", "GET /open/2");
  }
}
