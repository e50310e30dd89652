package org.rekey.runtime.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.SettingsException;

/// The port for machines that watch: `/metrics` (Prometheus text), `/healthz` (the process runs),
/// `/readyz` (it can do its work; 503 and the reason when it cannot). Plain HTTP: bind it to
/// loopback or to a private network.
public final class ManagementEndpoint implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

  /// What several parts lack, in one line; empty when none lacks anything.
  public static Supplier<String> all(List<Supplier<String>> lacks) {
    return () ->
        lacks.stream()
            .map(Supplier::get)
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining("; "));
  }

  /// @param notReady empty when the service is ready, otherwise why it is not
  public ManagementEndpoint(
      HostPort listen, PrometheusMeterRegistry meters, Supplier<String> notReady) {
    this(listen, meters, notReady, List::of);
  }

  /// @param notes what a person should look into although the service is ready, a line each
  public ManagementEndpoint(
      HostPort listen,
      PrometheusMeterRegistry meters,
      Supplier<String> notReady,
      Supplier<List<String>> notes) {
    try {
      server = HttpServer.create(listen.toSocketAddress(), 0);
    } catch (IOException e) {
      throw new SettingsException(listen + ": cannot listen there: " + e.getMessage());
    }
    server.setExecutor(executor);
    server.createContext(
        "/metrics", exchange -> send(exchange, 200, "text/plain; version=0.0.4", meters.scrape()));
    server.createContext("/healthz", exchange -> send(exchange, 200, "text/plain", "ok\n"));
    server.createContext(
        "/readyz",
        exchange -> {
          String reason = notReady.get();
          send(
              exchange,
              reason.isEmpty() ? 200 : 503,
              "text/plain",
              Stream.concat(Stream.of(reason.isEmpty() ? "ready" : reason), notes.get().stream())
                  .collect(Collectors.joining("\n", "", "\n")));
        });
    server.start();
  }

  /// Serves one thing more.
  public void page(String path, String type, Supplier<String> text) {
    server.createContext(path, exchange -> send(exchange, 200, type, text.get()));
  }

  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.close();
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
    exchange.sendResponseHeaders(status, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }
}
