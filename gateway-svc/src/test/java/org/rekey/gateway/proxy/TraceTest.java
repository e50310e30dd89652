package org.rekey.gateway.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rekey.gateway.access.AccessLog;
import org.rekey.gateway.http.EdgeMetrics;
import org.rekey.gateway.http.Listener;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.http.Site;
import org.rekey.gateway.route.RequestPath;
import org.rekey.gateway.route.Route;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.route.Upstream;
import org.rekey.runtime.trace.Tracing;
import org.rekey.testkit.OtlpCollector;
import org.rekey.testkit.OtlpCollector.Span;

/// What a client may say of traces, and what the upstream is told.
class TraceTest {
  private static final String CLIENTS_TRACE = "0af7651916cd43dd8448eb211c80319c";

  /// The other bit says that the id is random.
  private static final String SAMPLED = "0[13]";

  private static final String NOT_SAMPLED = "0[02]";
  private static final String CLIENTS_PARENT = "00-" + CLIENTS_TRACE + "-b7ad6b7169203331-01";

  private final OtlpCollector collector = new OtlpCollector();
  private final List<Map<String, List<String>>> told = new CopyOnWriteArrayList<>();
  private final HttpServer upstream =
      HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  private static final Forwarder.Limits LIMITS =
      new Forwarder.Limits(Duration.ofSeconds(2), Duration.ofSeconds(60), 100, 1);

  private final Vertx vertx = Vertx.vertx();
  private final UpstreamHealth health =
      new UpstreamHealth(vertx, Duration.ofSeconds(2), new SimpleMeterRegistry());
  private final HttpClient client = HttpClient.newHttpClient();

  TraceTest() throws IOException {
    upstream.createContext(
        "/",
        exchange -> {
          told.add(Map.copyOf(exchange.getRequestHeaders()));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    upstream.start();
  }

  @AfterEach
  void close() {
    client.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
    upstream.stop(0);
    collector.close();
  }

  @Test
  void aTraceBeginsAtTheGatewayAndTheClientsOnlyIsALink() throws Exception {
    ask(Map.of(), false);
    Span server = awaited(2).stream().filter(Span::isRoot).findFirst().orElseThrow();
    Span onward = collector.find(span -> !span.isRoot()).orElseThrow();
    assertThat(server.traceId()).isNotEqualTo(CLIENTS_TRACE);
    assertThat(server.links()).containsExactly(CLIENTS_TRACE);
    assertThat(collector.received())
        .as("free text of a client")
        .noneMatch(batch -> new String(batch, StandardCharsets.ISO_8859_1).contains("vendor=1"));
    assertThat(server.name()).isEqualTo("GET /route");
    assertThat(server.attributes())
        .containsEntry("http.response.status_code", "204")
        .containsEntry("url.path", "/a/b")
        .containsEntry("client.address", "127.0.0.1");
    assertThat(onward.traceId()).isEqualTo(server.traceId());
    assertThat(onward.parentId()).isEqualTo(server.id());
    assertThat(told.getFirst().get("Traceparent"))
        .singleElement()
        .asString()
        .matches("00-" + onward.traceId() + "-" + onward.id() + "-" + SAMPLED);
    assertThat(told.getFirst()).doesNotContainKey("Tracestate");
  }

  @Test
  void aClientCannotHaveItselfRecorded() throws Exception {
    ask(Map.of("OTEL_TRACES_SAMPLER", "parentbased_always_off"), false);
    assertThat(told.getFirst().get("Traceparent"))
        .singleElement()
        .asString()
        .matches(".*-" + NOT_SAMPLED)
        .doesNotContain(CLIENTS_TRACE);
    assertThat(collector.spans()).isEmpty();
  }

  @Test
  void aProxyOfOnesOwnCan() throws Exception {
    ask(Map.of("OTEL_TRACES_SAMPLER", "parentbased_always_off"), true);
    assertThat(awaited(2)).allMatch(span -> span.traceId().equals(CLIENTS_TRACE));
    assertThat(told.getFirst().get("Traceparent"))
        .singleElement()
        .asString()
        .startsWith("00-" + CLIENTS_TRACE)
        .matches(".*-" + SAMPLED);
  }

  @Test
  void whileNobodyTracesTheHeaderGoesThrough() throws Exception {
    ask(Map.of("OTEL_SDK_DISABLED", "true"), false);
    assertThat(told.getFirst().get("Traceparent")).containsExactly(CLIENTS_PARENT);
  }

  /// Everything that is to be sent has been when it returns.
  private void ask(Map<String, String> settings, boolean isClientTrusted) throws Exception {
    var environment = new HashMap<>(collector.environment());
    environment.putAll(settings);
    try (var tracing = Tracing.start("gateway-svc", environment);
        var listener = listener(tracing, isClientTrusted)) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/a/b?c=d"))
              .header("traceparent", CLIENTS_PARENT)
              .header("tracestate", "vendor=1")
              .build();
      assertThat(client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode())
          .isEqualTo(204);
    }
  }

  private Listener listener(Tracing tracing, boolean isClientTrusted) {
    return new Listener(
        vertx,
        new Listener.Parts(
            "TEST",
            new HttpServerOptions().setHost("127.0.0.1").setPort(0),
            1,
            RequestPath::of,
            (loop, _) -> forwarding(new Forwarder(loop, LIMITS, health, () -> Routes.NONE)),
            () -> "test",
            new EdgeMetrics(
                new SimpleMeterRegistry(),
                AccessLog.OFF,
                tracing,
                isClientTrusted,
                Duration.ofDays(7))));
  }

  private List<Span> awaited(int count) {
    assertThat(collector.spans()).hasSize(count);
    return collector.spans();
  }

  private Site forwarding(Forwarder forwarder) {
    return new Site() {
      @Override
      public void serve(RequestScope scope, RequestPath path) {
        scope.seen().route("/route");
        var to = new Upstream("127.0.0.1", upstream.getAddress().getPort(), false);
        var route = Route.plain("/", Optional.empty(), List.of(to));
        forwarder.forward(scope, route, path.path());
      }

      @Override
      public void close() {}
    };
  }
}
