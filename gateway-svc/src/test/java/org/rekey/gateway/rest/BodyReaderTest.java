package org.rekey.gateway.rest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.EdgeMetrics;
import org.rekey.gateway.http.Listener;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.http.Site;
import org.rekey.gateway.route.RequestPath;

class BodyReaderTest {
  /// Less than a body may take.
  private static final Duration SOON = Duration.ofSeconds(15);

  private final List<WeakReference<RequestScope>> requests = new CopyOnWriteArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private final Listener listener =
      new Listener(
          vertx,
          new Listener.Parts(
              "TEST",
              new HttpServerOptions().setHost("127.0.0.1").setPort(0),
              1,
              RequestPath::of,
              (_, _) -> reading(),
              () -> "test",
              new EdgeMetrics(new SimpleMeterRegistry())));

  private Site reading() {
    return new Site() {
      @Override
      public void serve(RequestScope scope, RequestPath path) {
        requests.add(new WeakReference<>(scope));
        new BodyReader(10, ContentType.JSON, Answers::error)
            .read(scope, _ -> Answers.empty(scope, 204));
      }

      @Override
      public void close() {}
    };
  }

  @AfterEach
  void close() {
    listener.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void nothingOfARequestIsKeptWhenItsBodyIsReadOrRefusedOrBrokenOff() throws Exception {
    String chunked = "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n";
    assertThat(send(chunked + "5\r\n[1,2]\r\n0\r\n\r\n")).startsWith("HTTP/1.1 204");
    assertThat(send(chunked + "b\r\n[1,2,3,4,5]\r\n0\r\n\r\n")).startsWith("HTTP/1.1 413");
    try (Socket socket = begun("Content-Length: 9\r\n\r\n[1,")) {
      await(() -> requests.size() == 3);
      assertThat(socket.isConnected()).isTrue();
    }
    await(
        () -> {
          System.gc();
          return requests.stream().allMatch(request -> request.refersTo(null));
        });
  }

  private Socket begun(String rest) throws Exception {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.port());
    socket.setSoTimeout((int) SOON.toMillis());
    String head = "POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    socket.getOutputStream().write((head + rest).getBytes(US_ASCII));
    return socket;
  }

  private String send(String rest) throws Exception {
    try (Socket socket = begun(rest)) {
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  private static void await(BooleanSupplier condition) throws Exception {
    long end = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for long enough").isLessThan(end);
      Thread.sleep(50);
    }
  }
}
