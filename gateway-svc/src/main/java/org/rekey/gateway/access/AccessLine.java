package org.rekey.gateway.access;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.verdict.Verdict;

/// Writes exchanges as lines of JSON, all of it printable ASCII: nothing that a client sends can
/// begin another line or speak to a terminal.
final class AccessLine {
  private static final int MAX_PATH = 1024;
  private static final int MAX_USER_AGENT = 256;
  private static final int MAX_ID = 128;
  private static final double NANOS_PER_MILLI = 1e6;

  /// A method is any word that a client likes; other words than these are `OTHER`.
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE");

  private final JsonFactory json =
      new JsonFactoryBuilder()
          .characterEscapes(new DeleteToo())
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .build();

  void write(Exchange exchange, OutputStream out) throws IOException {
    try (JsonGenerator line = json.createGenerator(out)) {
      line.writeStartObject();
      long startedAt = exchange.endedAt() - Math.round(exchange.nanos() / NANOS_PER_MILLI);
      line.writeStringField("time", Instant.ofEpochMilli(startedAt).toString());
      line.writeStringField("request_id", Unsafe.without(exchange.requestId(), MAX_ID));
      if (!exchange.traceId().isEmpty()) {
        line.writeStringField("trace_id", exchange.traceId());
      }
      line.writeStringField("client", exchange.client());
      line.writeStringField("method", method(exchange.method()));
      line.writeStringField("path", path(exchange.target()));
      line.writeStringField("protocol", protocol(exchange));
      if (!exchange.tls().isEmpty()) {
        line.writeStringField("tls", exchange.tls());
      }
      answered(exchange, line);
      upstream(exchange, line);
      verdict(exchange, line);
      if (!exchange.userAgent().isEmpty()) {
        line.writeStringField("user_agent", Unsafe.without(exchange.userAgent(), MAX_USER_AGENT));
      }
      line.writeEndObject();
    }
    out.write('\n');
  }

  private static void answered(Exchange exchange, JsonGenerator line) throws IOException {
    if (exchange.status() > 0) {
      line.writeNumberField("status", exchange.status());
    }
    if (!exchange.isComplete()) {
      line.writeBooleanField("aborted", true);
    }
    line.writeNumberField("bytes_in", exchange.bytesIn());
    line.writeNumberField("bytes_out", exchange.bytesOut());
    millis("duration_ms", exchange.nanos(), line);
  }

  private static void upstream(Exchange exchange, JsonGenerator line) throws IOException {
    if (!exchange.route().isEmpty()) {
      line.writeStringField("route", exchange.route());
    }
    var upstream = exchange.upstream();
    if (upstream != null) {
      line.writeStringField("upstream", upstream.host() + ":" + upstream.port());
    }
    if (exchange.upstreamNanos() >= 0) {
      millis("upstream_ms", exchange.upstreamNanos(), line);
    }
  }

  private static void verdict(Exchange exchange, JsonGenerator line) throws IOException {
    var verdict = exchange.verdict();
    if (verdict == null) {
      return;
    }
    if (exchange.audience().isPresent()) {
      line.writeStringField("audience", exchange.audience().get().name().toLowerCase(Locale.ROOT));
    }
    switch (verdict) {
      case Verdict.Accepted accepted -> {
        line.writeStringField("verdict", "accepted");
        line.writeNumberField("kid", accepted.kid());
        line.writeStringField("subject", accepted.subject());
        line.writeStringField("kind", lower(accepted.kind().name(), "KIND_"));
      }
      case Verdict.Rejected rejected -> {
        line.writeStringField("verdict", "refused");
        line.writeStringField("reason", lower(rejected.reason().name(), "REASON_"));
      }
      case Verdict.Unavailable unavailable -> {
        line.writeStringField("verdict", "unavailable");
        line.writeStringField("reason", Unsafe.without(unavailable.cause(), MAX_ID));
      }
    }
    millis("verdict_ms", exchange.verdictNanos(), line);
  }

  private static void millis(String name, long nanos, JsonGenerator line) throws IOException {
    line.writeFieldName(name);
    line.writeNumber(String.format(Locale.ROOT, "%.3f", nanos / NANOS_PER_MILLI));
  }

  private static String lower(String name, String prefix) {
    String bare = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    return bare.toLowerCase(Locale.ROOT);
  }

  private static String method(HttpMethod method) {
    return METHODS.contains(method.name()) ? method.name() : "OTHER";
  }

  /// Without its query: what is in there is for the upstream, and some put credentials into it.
  private static String path(String target) {
    int end = target.length();
    for (int i = 0; i < end; i++) {
      char c = target.charAt(i);
      if (c == '?' || c == '#') {
        end = i;
      }
    }
    return Unsafe.without(target.substring(0, end), MAX_PATH);
  }

  private static String protocol(Exchange exchange) {
    return switch (exchange.protocol()) {
      case HTTP_1_0 -> "HTTP/1.0";
      case HTTP_1_1 -> "HTTP/1.1";
      case HTTP_2 -> "HTTP/2";
    };
  }

  /// The one character of ASCII that is neither printable nor escaped by itself.
  private static final class DeleteToo extends CharacterEscapes {
    private static final long serialVersionUID = 1L;
    private static final int DELETE = 0x7f;

    @Override
    public int[] getEscapeCodesForAscii() {
      int[] escapes = standardAsciiEscapesForJSON();
      escapes[DELETE] = ESCAPE_STANDARD;
      return escapes;
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int character) {
      return null;
    }
  }
}
