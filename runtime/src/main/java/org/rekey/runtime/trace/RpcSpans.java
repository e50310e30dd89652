package org.rekey.runtime.trace;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What both ends of a call say of it, by the semantic conventions for rpcs. Never what is in its
/// messages.
final class RpcSpans {
  static final TextMapGetter<Metadata> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Metadata carrier) {
          return carrier.keys();
        }

        @Override
        public @Nullable String get(@Nullable Metadata carrier, String key) {
          return carrier == null ? null : carrier.get(ascii(key));
        }
      };

  private static final List<Status.Code> FAULTS_OF_THE_SERVER =
      List.of(
          Status.Code.UNKNOWN,
          Status.Code.DEADLINE_EXCEEDED,
          Status.Code.UNIMPLEMENTED,
          Status.Code.INTERNAL,
          Status.Code.UNAVAILABLE,
          Status.Code.DATA_LOSS);

  private RpcSpans() {}

  static Span begin(Tracer tracer, MethodDescriptor<?, ?> method, SpanKind kind, Context parent) {
    return tracer
        .spanBuilder(method.getFullMethodName())
        .setSpanKind(kind)
        .setParent(parent)
        .setAttribute("rpc.system", "grpc")
        .setAttribute("rpc.service", String.valueOf(method.getServiceName()))
        .setAttribute("rpc.method", String.valueOf(method.getBareMethodName()))
        .startSpan();
  }

  static void end(Span span, Status status) {
    span.setAttribute("rpc.grpc.status_code", status.getCode().value());
    if (FAULTS_OF_THE_SERVER.contains(status.getCode())) {
      span.setStatus(StatusCode.ERROR, status.getCode().name());
    }
    span.end();
  }

  static void put(@Nullable Metadata carrier, String key, String value) {
    if (carrier != null) {
      carrier.put(ascii(key), value);
    }
  }

  private static Metadata.Key<String> ascii(String key) {
    return Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER);
  }
}
