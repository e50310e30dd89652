package org.rekey.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.gateway.access.AccessLog;
import org.rekey.gateway.route.RequestPath;
import org.rekey.runtime.trace.Tracing;

/// One line and one count for each request, however it ends.
class SeenTest {
  @TempDir Path home;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client = HttpClient.newHttpClient();
  private Path file;
  private AccessLog log;
  private Listener listener;

  @BeforeEach
  void serve() {
    file = home.resolve("access.log");
    log = AccessLog.open(file.toString(), meters);
    listener =
        new Listener(
            vertx,
            new Listener.Parts(
                "TEST",
                new HttpServerOptions()
                    .setHost("127.0.0.1")
                    .setPort(0)
                    .setMaxHeaderSize(2048)
                    .setHttp2ClearTextEnabled(true),
                1,
                RequestPath::of,
                (_, _) -> new Patient(),
                () -> "fresh",
                new EdgeMetrics(meters, log, Tracing.OFF, false, Duration.ofDays(7))));
  }

  @AfterEach
  void close() {
    client.close();
    listener.close();
    log.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerIsSeenOnceOverBothProtocols(HttpClient.Version version) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/hello"))
            .version(version)
            .header("User-Agent", "test/1")
            .POST(HttpRequest.BodyPublishers.ofString("12345"))
            .build();
    assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).body())
        .isEqualTo("hello");
    JsonNode line = lines(1).getFirst();
    assertThat(line.path("status").asInt()).isEqualTo(200);
    assertThat(line.path("route").asText()).isEqualTo("/route");
    assertThat(line.path("bytes_in").asInt()).isEqualTo(5);
    assertThat(line.path("bytes_out").asInt()).isEqualTo(5);
    assertThat(line.has("aborted")).isFalse();
    assertThat(line.path("user_agent").asText()).isEqualTo("test/1");
    assertThat(
            meters.get("gateway.requests").tags("route", "/route", "status", "2xx").timer().count())
        .isEqualTo(1);
    assertThat(meters.get("gateway.responses").tag("status", "200").counter().count()).isEqualTo(1);
    assertThat(inFlight()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /%%2e%%2e/x HTTP/1.1\r\nHost: a\r\n\r\n",
        "rubbish\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: %s\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"
      })
  void whatIsRefusedOrCannotBeReadIsSeenToo(String hostile) throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      socket.getOutputStream().write(hostile.formatted("long".repeat(1000)).getBytes(ISO_8859_1));
      assertThat(new String(socket.getInputStream().readNBytes(12), ISO_8859_1))
          .matches("HTTP/1.[01] 4..");
    }
    JsonNode line = lines(1).getFirst();
    assertThat(line.path("status").asInt()).isBetween(400, 431);
    assertThat(line.path("client").asText()).isEqualTo("127.0.0.1");
  }

  @Test
  void aClientThatGoesAwayIsSeenToo() throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      socket.getOutputStream().write("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1));
      while (inFlight() < 1) {
        Thread.sleep(1);
      }
    }
    JsonNode line = lines(1).getFirst();
    assertThat(line.path("aborted").asBoolean()).isTrue();
    assertThat(line.has("status")).isFalse();
    assertThat(meters.get("gateway.requests.aborted").counter().count()).isEqualTo(1);
    assertThat(inFlight()).isZero();
  }

  private double inFlight() {
    return meters.get("gateway.requests.in.flight").gauge().value();
  }

  private List<JsonNode> lines(int count) throws IOException, InterruptedException {
    while (Files.readAllLines(file).size() < count) {
      Thread.sleep(1);
    }
    var json = new ObjectMapper();
    var lines = new java.util.ArrayList<JsonNode>();
    for (String line : Files.readAllLines(file)) {
      lines.add(json.readTree(line));
    }
    assertThat(lines).hasSize(count);
    return lines;
  }

  /// Says hello once the body is there; lets `/wait` wait.
  private static final class Patient implements Site {
    @Override
    public void serve(RequestScope scope, RequestPath path) {
      scope.seen().route("/route");
      if (!path.path().equals("/wait")) {
        scope.request().endHandler(_ -> Answers.json(scope, 200, Buffer.buffer("hello")));
      }
      scope.request().resume();
    }

    @Override
    public void close() {}
  }
}
