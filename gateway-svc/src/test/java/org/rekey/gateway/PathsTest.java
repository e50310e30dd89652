package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What becomes of a path between a client and an upstream: the same bytes arrive, or none. `400`
/// stands for what could be read in two ways, `401` for what needs a token, `404` for what nobody
/// serves.
class PathsTest {
  private static final String TABLE =
      """
      # as it came                        | what the upstream was asked for
      /                                   | /
      /a/b                                | /a/b
      /a/b/                               | /a/b/
      /a.b..c/.d/e.                       | /a.b..c/.d/e.
      /a%20b%C3%A9                        | /a%20b%C3%A9
      /a%3Fb%23c                          | /a%3Fb%23c
      /a+b,c=d:e@f!$&'()*                 | /a+b,c=d:e@f!$&'()*
      /a?b=/../&c=%2f%00&d=//             | /a?b=/../&c=%2f%00&d=//
      /a?                                 | /a?
      /files                              | /data/v2
      /files/                             | /data/v2/
      /files/x/y?z=1                      | /data/v2/x/y?z=1
      /filesystem/x                       | /filesystem/x
      /files/api/management/v1/x          | /data/v2/api/management/v1/x
      /shop/x                             | /x
      /shop                               | /shop
      /api/devices/v1/open/x              | /api/devices/v1/open/x
      /api/devices/v1/open                | /api/devices/v1/open
      /API/devices/v1/x                   | /API/devices/v1/x
      # the rest never gets there
      /api/devices/v1/openly              | 401
      /api/devices/v1/x                   | 401
      /api/devices                        | 401
      /api/management/v1/x                | 401
      /api/internal/v1/useradm/x          | 404
      //a                                 | 400
      /a//b                               | 400
      /files//api                         | 400
      /a/../b                             | 400
      /a/./b                              | 400
      /a/..                               | 400
      /..                                 | 400
      /a/..;/b                            | 400
      /a;b=c/d                            | 400
      /api/devices/v1/open/../x           | 400
      /api/devices/v1/open/%2e%2e/x       | 400
      /api/devices/v1/open/%2E./x         | 400
      /api/devices/v1/open%2f..%2fx       | 400
      /api/devices%2Fv1/x                 | 400
      /api/devices/v1/open/..%5cx         | 400
      /api\\devices\\v1\\x                | 400
      /%61pi/devices/v1/x                 | 400
      /api/%64evices/v1/x                 | 400
      /a%252fb                            | 400
      /a%c0%afb                           | 400
      /a%00b                              | 400
      /a%0d%0aX:y                         | 400
      /a%zz                               | 400
      /a%                                 | 400
      /a#b                                | 400
      http://localhost/a                  | 400
      *                                   | 400
      a                                   | 400
      """;

  @TempDir static Path home;

  @RegisterExtension
  static final GatedUpstream site =
      new GatedUpstream(
          () -> home,
          """
          routes:
            - path: /
              audience: anyone
              upstream: %1$s
            - path: /files
              audience: anyone
              rewrite: /data/v2
              upstream: %1$s
            - path: /shop/
              audience: anyone
              rewrite: /
              upstream: %1$s
            - path: /api/devices/v1/open
              audience: anyone
              upstream: %1$s
          """);

  @ParameterizedTest
  @CsvSource(textBlock = TABLE, delimiter = '|', quoteCharacter = '"')
  void arrivesAsItCameOrNotAtAll(String target, String expected) throws IOException {
    String answer =
        site.gate()
            .answer("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    if (expected.startsWith("/")) {
      assertThat(answer).startsWith("HTTP/1.1 200 ");
      assertThat(site.upstream().requests()).containsExactly("GET " + expected);
    } else {
      assertThat(answer).startsWith("HTTP/1.1 " + expected + " ");
      assertThat(site.upstream().requests()).isEmpty();
    }
  }

  /// In HTTP/2 the target is a header like any other, and may have bytes that no request line can.
  @ParameterizedTest
  @CsvSource(textBlock = TABLE, delimiter = '|', quoteCharacter = '"')
  void overHttp2TheSame(String target, String expected) throws IOException {
    try (H2 client = new H2(site.gate())) {
      client.send(
          H2.HEADERS,
          H2.END_HEADERS | H2.END_STREAM,
          1,
          H2.block(
              ":method", "GET", ":scheme", "https", ":authority", "localhost", ":path", target));
      if (expected.startsWith("/")) {
        assertThat(client.outcome(1)).containsExactly("200");
        assertThat(site.upstream().requests()).containsExactly("GET " + expected);
      } else {
        assertThat(client.outcome(1)).doesNotContain("200");
        assertThat(site.upstream().requests()).isEmpty();
      }
    }
  }
}
