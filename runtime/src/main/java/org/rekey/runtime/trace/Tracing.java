package org.rekey.runtime.trace;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.SettingsException;

/// Where the spans of a service go.
///
/// On when `OTEL_EXPORTER_OTLP_ENDPOINT` (or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`) is set; all
/// other variables of the OpenTelemetry specification count as they do everywhere. Off, nothing is
/// put around calls, and nothing is paid.
///
/// Traces begin at the gateway. A service goes on with one that its caller has begun and sampled,
/// and never begins one: what it does by the clock would only be noise.
public final class Tracing implements AutoCloseable {
  private static final String SCOPE = "org.rekey";
  private static final long FLUSH_SECONDS = 3;
  private static final List<String> ENDPOINTS =
      List.of("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  private static final TextMapPropagator W3C = W3CTraceContextPropagator.getInstance();

  /// Nothing is traced.
  public static final Tracing OFF = new Tracing(null);

  private final @Nullable OpenTelemetrySdk sdk;

  private Tracing(@Nullable OpenTelemetrySdk sdk) {
    this.sdk = sdk;
  }

  /// @param service its name in traces, unless `OTEL_SERVICE_NAME` gives another
  /// @throws SettingsException when the settings cannot be used
  public static Tracing start(String service, Map<String, String> environment) {
    if (ENDPOINTS.stream().allMatch(name -> environment.getOrDefault(name, "").isBlank())) {
      return OFF;
    }
    Map<String, String> settings = settings(service, environment);
    if (settings.getOrDefault("otel.sdk.disabled", "").equalsIgnoreCase("true")
        || settings.getOrDefault("otel.traces.exporter", "").equals("none")) {
      return OFF;
    }
    try {
      return new Tracing(
          AutoConfiguredOpenTelemetrySdk.builder()
              .addPropertiesCustomizer((ConfigProperties _) -> settings)
              .disableShutdownHook()
              .build()
              .getOpenTelemetrySdk());
    } catch (RuntimeException e) {
      throw new SettingsException("OTEL_…: traces cannot be sent: " + rootMessage(e));
    }
  }

  /// `OTEL_A_B` is `otel.a.b`. Metrics are scraped and logs are lines: neither goes this way.
  private static Map<String, String> settings(String service, Map<String, String> environment) {
    Map<String, String> settings = new HashMap<>();
    settings.put("otel.service.name", service);
    settings.put("otel.traces.exporter", "otlp");
    settings.put("otel.exporter.otlp.protocol", "http/protobuf");
    environment.forEach(
        (name, value) -> {
          if (name.startsWith("OTEL_") && !value.isBlank()) {
            settings.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
          }
        });
    settings.put("otel.metrics.exporter", "none");
    settings.put("otel.logs.exporter", "none");
    return settings;
  }

  private static String rootMessage(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  public boolean isOn() {
    return sdk != null;
  }

  /// Makes spans.
  ///
  /// @throws IllegalStateException when nothing is traced
  public Tracer tracer() {
    if (sdk == null) {
      throw new IllegalStateException("nothing is traced");
    }
    return sdk.getTracer(SCOPE);
  }

  /// Reads and writes `traceparent` and `tracestate` (W3C Trace Context).
  public static TextMapPropagator w3c() {
    return W3C;
  }

  /// A channel whose calls are spans of the trace that they belong to: the one of the rpc that
  /// makes them, or the one that is named with [#under].
  public Channel on(Channel channel) {
    return sdk == null ? channel : ClientInterceptors.intercept(channel, new ClientSpans(tracer()));
  }

  /// Services whose rpcs are spans of their callers' traces.
  public List<ServerServiceDefinition> on(List<ServerServiceDefinition> services) {
    if (sdk == null) {
      return services;
    }
    ServerSpans spans = new ServerSpans(tracer());
    return services.stream().map(service -> ServerInterceptors.intercept(service, spans)).toList();
  }

  /// A call below a span that no rpc of this thread knows.
  public static CallOptions under(Context parent, CallOptions options) {
    return options.withOption(ClientSpans.PARENT, parent);
  }

  /// Sends what there still is to send.
  @Override
  public void close() {
    if (sdk != null) {
      var _ = sdk.getSdkTracerProvider().shutdown().join(FLUSH_SECONDS, TimeUnit.SECONDS);
    }
  }
}
