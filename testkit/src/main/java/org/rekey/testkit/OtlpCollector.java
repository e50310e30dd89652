package org.rekey.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/// Takes spans over OTLP/HTTP (protobuf), as any collector does, and keeps them.
public final class OtlpCollector implements AutoCloseable {
  private static final HexFormat HEX = HexFormat.of();

  private final HttpServer server;
  private final List<Span> spans = new CopyOnWriteArrayList<>();
  private final List<byte[]> received = new CopyOnWriteArrayList<>();

  /// @param parentId empty for a root
  /// @param attributes as text
  /// @param links ids of traces
  public record Span(
      String service,
      String name,
      String traceId,
      String id,
      String parentId,
      Map<String, String> attributes,
      List<String> links) {
    public boolean isRoot() {
      return parentId.isEmpty();
    }
  }

  public OtlpCollector() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/v1/traces", this::take);
    server.start();
  }

  /// The settings with which a service sends its spans here, at once.
  public Map<String, String> environment() {
    return Map.of(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "http://127.0.0.1:" + server.getAddress().getPort(),
        "OTEL_BSP_SCHEDULE_DELAY",
        "20");
  }

  public List<Span> spans() {
    return List.copyOf(spans);
  }

  /// The first one that is like that, if it has come yet.
  public Optional<Span> find(Predicate<Span> wanted) {
    return spans.stream().filter(wanted).findFirst();
  }

  /// Everything that was sent, byte for byte.
  public List<byte[]> received() {
    return List.copyOf(received);
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      received.add(body);
      for (ResourceSpans resource :
          ExportTraceServiceRequest.parseFrom(body).getResourceSpansList()) {
        String service =
            texts(resource.getResource().getAttributesList()).getOrDefault("service.name", "");
        for (ScopeSpans scope : resource.getScopeSpansList()) {
          scope.getSpansList().forEach(span -> spans.add(span(service, span)));
        }
      }
      byte[] answer = ExportTraceServiceResponse.getDefaultInstance().toByteArray();
      exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
      exchange.sendResponseHeaders(200, answer.length == 0 ? -1 : answer.length);
      if (answer.length > 0) {
        exchange.getResponseBody().write(answer);
      }
    }
  }

  private static Span span(String service, io.opentelemetry.proto.trace.v1.Span span) {
    return new Span(
        service,
        span.getName(),
        HEX.formatHex(span.getTraceId().toByteArray()),
        HEX.formatHex(span.getSpanId().toByteArray()),
        HEX.formatHex(span.getParentSpanId().toByteArray()),
        texts(span.getAttributesList()),
        span.getLinksList().stream()
            .map(link -> HEX.formatHex(link.getTraceId().toByteArray()))
            .toList());
  }

  private static Map<String, String> texts(List<KeyValue> attributes) {
    Map<String, String> texts = new HashMap<>();
    for (KeyValue attribute : attributes) {
      var value = attribute.getValue();
      texts.put(
          attribute.getKey(),
          value.hasStringValue() ? value.getStringValue() : Long.toString(value.getIntValue()));
    }
    return texts;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
