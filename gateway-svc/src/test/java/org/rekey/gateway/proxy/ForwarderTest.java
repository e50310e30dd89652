package org.rekey.gateway.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rekey.gateway.http.EdgeMetrics;
import org.rekey.gateway.http.Listener;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.http.Site;
import org.rekey.gateway.route.RequestPath;
import org.rekey.gateway.route.Route;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.route.Upstream;

/// An upstream that answers one request on each connection and closes it, without a word, when the
/// next one comes.
class ForwarderTest {
  private static final Forwarder.Limits LIMITS =
      new Forwarder.Limits(Duration.ofSeconds(2), Duration.ofSeconds(60), 100, 1);

  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final ServerSocket upstream = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Vertx vertx = Vertx.vertx();
  private final UpstreamHealth health =
      new UpstreamHealth(vertx, Duration.ofSeconds(2), new SimpleMeterRegistry());
  private final Listener listener;
  private HttpClient.Version version = HttpClient.Version.HTTP_1_1;
  private final HttpClient client = HttpClient.newHttpClient();

  ForwarderTest() throws IOException {
    Thread.ofVirtual().start(this::accept);
    listener =
        new Listener(
            vertx,
            new Listener.Parts(
                "TEST",
                new HttpServerOptions()
                    .setHost("127.0.0.1")
                    .setPort(0)
                    .setHttp2ClearTextEnabled(true),
                1,
                RequestPath::of,
                (loop, _) -> forwarding(new Forwarder(loop, LIMITS, health, () -> Routes.NONE)),
                () -> "test",
                new EdgeMetrics(new SimpleMeterRegistry())));
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    listener.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
    upstream.close();
  }

  @ParameterizedTest
  @EnumSource
  void sendsAgainOnAnotherConnectionWhatMayBeSentTwice(HttpClient.Version spoken) throws Exception {
    version = spoken;
    assertThat(answer("GET", "/1", "")).isEqualTo(200);
    assertThat(answer("GET", "/2", "")).isEqualTo(200);
    assertThat(answer("HEAD", "/3", "")).isEqualTo(200);

    assertThat(seen)
        .containsExactly(
            "GET /1 answered",
            "GET /2 dropped",
            "GET /2 answered",
            "HEAD /3 dropped",
            "HEAD /3 answered");
  }

  @ParameterizedTest
  @EnumSource
  void sendsNothingTwiceThatMayHaveBeenCarriedOut(HttpClient.Version spoken) throws Exception {
    version = spoken;
    assertThat(answer("GET", "/1", "")).isEqualTo(200);
    assertThat(answer("POST", "/2", "")).isEqualTo(502);
    assertThat(answer("GET", "/3", "")).isEqualTo(200);
    assertThat(answer("GET", "/4", "a body")).isEqualTo(502);

    assertThat(seen)
        .containsExactly("GET /1 answered", "POST /2 dropped", "GET /3 answered", "GET /4 dropped");
  }

  private int answer(String method, String path, String body) throws Exception {
    var publisher =
        body.isEmpty() && !method.equals("POST")
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path))
            .version(version)
            .method(method, publisher)
            .build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private Site forwarding(Forwarder forwarder) {
    var target = new Upstream("127.0.0.1", upstream.getLocalPort(), false);
    var route = Route.plain("/", Optional.empty(), List.of(target));
    return new Site() {
      @Override
      public void serve(RequestScope scope, RequestPath path) {
        forwarder.forward(scope, route, scope.request().uri());
      }

      @Override
      public void close() {}
    };
  }

  private void accept() {
    while (!upstream.isClosed()) {
      try {
        var socket = upstream.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      var line = requestLine(reader);
      seen.add(line + " answered");
      socket
          .getOutputStream()
          .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(US_ASCII));
      seen.add(requestLine(reader) + " dropped");
    } catch (IOException e) {
      // The gateway has closed the connection.
    }
  }

  private static String requestLine(BufferedReader reader) throws IOException {
    var first = reader.readLine();
    if (first == null) {
      throw new IOException("closed");
    }
    var line = first;
    while (!line.isEmpty()) {
      line = reader.readLine();
    }
    return first.replace(" HTTP/1.1", "");
  }
}
