package org.rekey.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rekey.gateway.route.RequestPath;

class ListenerTest {
  private static final int LOOPS = 4;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(LOOPS));

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  /// A client of the HTTP library takes an event loop for itself when it is made, and the turn
  /// passes to the next.
  @Test
  void servesOnEveryEventLoopThoughEachSiteHasAClientOfItsOwn() throws Exception {
    Set<Thread> sites = ConcurrentHashMap.newKeySet();
    Set<Thread> requests = ConcurrentHashMap.newKeySet();
    try (Listener listener =
        new Listener(
            vertx,
            new Listener.Parts(
                "TEST",
                new HttpServerOptions().setHost("127.0.0.1").setPort(0),
                LOOPS,
                RequestPath::of,
                (loop, _) -> {
                  sites.add(Thread.currentThread());
                  var _ = loop.createHttpClient();
                  return answering(requests);
                },
                () -> "test",
                new EdgeMetrics(new SimpleMeterRegistry())))) {
      for (int connection = 0; connection < LOOPS; connection++) {
        try (HttpClient client = HttpClient.newHttpClient()) {
          URI uri = URI.create("http://127.0.0.1:" + listener.port() + "/");
          assertThat(
                  client
                      .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                      .statusCode())
              .isEqualTo(204);
        }
      }
    }
    assertThat(sites).hasSize(LOOPS);
    assertThat(requests).hasSize(LOOPS);
  }

  private static Site answering(Set<Thread> threads) {
    return new Site() {
      @Override
      public void serve(RequestScope scope, RequestPath path) {
        threads.add(Thread.currentThread());
        Answers.empty(scope, 204);
      }

      @Override
      public void close() {}
    };
  }
}
