package org.rekey.gateway.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.Upstream;
import org.rekey.gateway.verdict.Verdict;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.runtime.config.SettingsException;

class AccessLogTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TOKEN =
      "eyJhbGciOiJFZERTQSIsImtpZCI6IjAifQ.eyJzdWIiOiJ4In0."
          + "c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJlc2ln";

  @TempDir Path home;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @Test
  void aLineTellsWhatBecameOfARequest() throws Exception {
    JsonNode line = line(exchange("/api/devices/v1/x?id=7", "mender/3.4"));
    assertThat(line.path("time").asText()).isEqualTo("2026-01-02T03:04:05Z");
    assertThat(line.path("request_id").asText()).isEqualTo("request-1");
    assertThat(line.path("trace_id").asText()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
    assertThat(line.path("client").asText()).isEqualTo("192.0.2.7");
    assertThat(line.path("method").asText()).isEqualTo("GET");
    assertThat(line.path("path").asText()).as("without its query").isEqualTo("/api/devices/v1/x");
    assertThat(line.path("protocol").asText()).isEqualTo("HTTP/2");
    assertThat(line.path("tls").asText()).isEqualTo("TLSv1.3");
    assertThat(line.path("status").asInt()).isEqualTo(200);
    assertThat(line.has("aborted")).isFalse();
    assertThat(line.path("bytes_in").asLong()).isEqualTo(5);
    assertThat(line.path("bytes_out").asLong()).isEqualTo(7);
    assertThat(line.path("duration_ms").asDouble()).isEqualTo(2.5);
    assertThat(line.path("route").asText()).isEqualTo("/api/devices");
    assertThat(line.path("upstream").asText()).isEqualTo("10.0.0.1:9001");
    assertThat(line.path("upstream_ms").asDouble()).isEqualTo(1.5);
    assertThat(line.path("audience").asText()).isEqualTo("devices");
    assertThat(line.path("verdict").asText()).isEqualTo("accepted");
    assertThat(line.path("kid").asLong()).isEqualTo(5539);
    assertThat(line.path("subject").asText()).isEqualTo("device-1");
    assertThat(line.path("kind").asText()).isEqualTo("device");
    assertThat(line.path("verdict_ms").asDouble()).isEqualTo(0.25);
    assertThat(line.path("user_agent").asText()).isEqualTo("mender/3.4");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\r\n{\"status\":200}",
        "\u001b[2J\u001b]0;title\u0007",
        "\u0000\u0008\u007f\u0080\u009b",
        "quote\" and \\backslash\\",
        "\u2028\u2029\u202e right to left \ud83d\ude00 and half of one \ud83d"
      })
  void nothingThatAClientSendsBeginsAnotherLineOrSpeaksToATerminal(String hostile)
      throws Exception {
    String text = text(exchange("/" + hostile, hostile));
    assertThat(text.substring(0, text.length() - 1)).matches("[ -~]+");
    assertThat(text).endsWith("}\n");
    assertThat(JSON.readTree(text).path("user_agent").asText()).isEqualTo(hostile);
  }

  @Test
  void aHugeHeaderIsCut() throws Exception {
    String huge = "Mozilla ".repeat(10_000);
    JsonNode line = line(exchange("/" + "a/".repeat(10_000), huge));
    assertThat(line.path("user_agent").asText()).hasSize(257).endsWith("…");
    assertThat(line.path("path").asText()).hasSize(1025).endsWith("…");
  }

  @Test
  void aTokenIsInNoFieldWhereverItWasPut() throws Exception {
    String halved = TOKEN.replace('.', '/');
    String encoded = TOKEN.replace("e", "%65");
    for (String hidden :
        List.of(TOKEN, "x" + TOKEN, halved, encoded, "Bearer " + TOKEN, "a,b;c=" + TOKEN + ";d")) {
      String text = text(exchange("/api/" + hidden + "?token=" + TOKEN, hidden));
      for (String part : TOKEN.split("\\.", -1)) {
        assertThat(text).doesNotContain(part).doesNotContain(part.replace("e", "%65"));
      }
    }
    assertThat(line(exchange("/a/550e8400-e29b-41d4-a716-446655440000/b", "x")).path("path"))
        .as("ids stay")
        .hasToString("\"/a/550e8400-e29b-41d4-a716-446655440000/b\"");
  }

  @Test
  void whatDoesNotFitIsDroppedAndCountedAndNobodyWaits() throws Exception {
    var isBlocked = new CountDownLatch(1);
    var mayGoOn = new CountDownLatch(1);
    var lines = new ByteArrayOutputStream();
    LineSink slow =
        text -> {
          isBlocked.countDown();
          try {
            mayGoOn.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          text.writeTo(lines);
        };
    try (var log = AccessLog.open(slow, 8, meters)) {
      log.add(exchange("/first", ""));
      isBlocked.await();
      for (int i = 0; i < 20; i++) {
        log.add(exchange("/next", ""));
      }
      assertThat(dropped("queue_full")).isEqualTo(12);
      mayGoOn.countDown();
    }
    assertThat(lines.toString(UTF_8).lines()).hasSize(9);
    assertThat(meters.counter("gateway.access.log.lines").count()).isEqualTo(9);
  }

  @Test
  void aFileThatWasMovedAwayIsBegunAnew() throws Exception {
    Path file = home.resolve("access.log");
    Path old = home.resolve("access.log.1");
    try (var log = AccessLog.open(file.toString(), meters)) {
      log.add(exchange("/first", ""));
      await(1);
      Files.move(file, old);
      log.add(exchange("/second", ""));
      await(2);
    }
    assertThat(Files.readString(old)).contains("/first").doesNotContain("/second");
    assertThat(Files.readString(file)).contains("/second").doesNotContain("/first");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
  }

  @Test
  void linesThatCannotBeWrittenAreCountedUntilTheyCan() throws Exception {
    Path directory = Files.createDirectory(home.resolve("logs"));
    Path file = directory.resolve("access.log");
    try (var log = AccessLog.open(file.toString(), meters)) {
      Files.delete(file);
      Files.delete(directory);
      log.add(exchange("/lost", ""));
      while (dropped("not_written") < 1) {
        Thread.onSpinWait();
      }
      Files.createDirectory(directory);
      log.add(exchange("/written", ""));
      await(1);
    }
    assertThat(Files.readString(file)).contains("/written").doesNotContain("/lost");
  }

  @Test
  void aFileThatCannotBeOpenedIsAnErrorOfTheSettings() {
    String where = home.resolve("missing").resolve("access.log").toString();
    assertThatThrownBy(() -> AccessLog.open(where, meters))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("GATEWAY_ACCESS_LOG: " + where)
        .hasMessageContaining("expected: off, stdout or a file in a directory that exists");
    assertThat(AccessLog.open("off", meters).isOn()).isFalse();
  }

  private void await(int lines) throws InterruptedException {
    while (meters.counter("gateway.access.log.lines").count() < lines) {
      Thread.sleep(1);
    }
  }

  private double dropped(String reason) {
    return meters.counter("gateway.access.log.dropped", "reason", reason).count();
  }

  private static JsonNode line(Exchange exchange) throws IOException {
    return JSON.readTree(text(exchange));
  }

  private static String text(Exchange exchange) throws IOException {
    var out = new ByteArrayOutputStream();
    new AccessLine().write(exchange, out);
    return out.toString(UTF_8);
  }

  private static Exchange exchange(String target, String userAgent) {
    return new Exchange(
        1_767_323_045_003L,
        2_500_000,
        "request-1",
        "0af7651916cd43dd8448eb211c80319c",
        "192.0.2.7",
        HttpMethod.GET,
        target,
        HttpVersion.HTTP_2,
        "TLSv1.3",
        userAgent,
        "/api/devices",
        new Upstream("10.0.0.1", 9001, false),
        1_500_000,
        200,
        true,
        5,
        7,
        Optional.of(Audience.DEVICES),
        new Verdict.Accepted("device-1", "jti", 5539, 0, Accepted.Kind.KIND_DEVICE),
        250_000);
  }
}
