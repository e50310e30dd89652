package org.rekey.gateway.http;

import io.grpc.CallOptions;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.access.Unsafe;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.Upstream;
import org.rekey.gateway.verdict.Verdict;
import org.rekey.runtime.trace.Tracing;

/// The spans of one request: its own, its verdict's, and one for each time that it is sent to an
/// upstream.
///
/// A client is not believed: its `traceparent` becomes a link, and whether the request is sampled
/// is decided here. Otherwise anyone could have every request of theirs recorded, in traces that
/// they choose. The verdict is a span of the gateway alone: the service judges many tokens in one
/// message.
final class RequestTrace {
  private static final int MAX_PATH = 1024;
  private static final int MAX_USER_AGENT = 256;
  private static final int MAX_REQUEST_ID = 128;
  private static final String TRACE_STATE = "tracestate";

  private static final TextMapGetter<MultiMap> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(MultiMap carrier) {
          return carrier.names();
        }

        @Override
        public @Nullable String get(@Nullable MultiMap carrier, String key) {
          return carrier == null ? null : carrier.get(key);
        }
      };

  private final Tracer tracer;
  private final Span span;
  private final Context context;
  private final String method;
  private @Nullable Span onward;

  private RequestTrace(Tracer tracer, Span span, Context context, String method) {
    this.tracer = tracer;
    this.span = span;
    this.context = context;
    this.method = method;
  }

  /// @param isClientTrusted whether the trace goes on with the client's `traceparent`
  static RequestTrace begin(
      Tracer tracer, boolean isClientTrusted, HttpServerRequest request, String requestId) {
    String method = Unsafe.without(request.method().name(), 16);
    Context claimed = Tracing.w3c().extract(Context.root(), request.headers(), GETTER);
    SpanContext client = Span.fromContext(claimed).getSpanContext();
    SpanBuilder builder =
        tracer
            .spanBuilder(method)
            .setSpanKind(SpanKind.SERVER)
            .setParent(isClientTrusted ? claimed : Context.root());
    if (client.isValid() && !isClientTrusted) {
      builder.addLink(withoutState(client));
    }
    Span span = builder.startSpan();
    if (span.isRecording()) {
      String target = request.uri();
      int query = target.indexOf('?');
      span.setAttribute("http.request.method", method);
      span.setAttribute(
          "url.path", Unsafe.without(query < 0 ? target : target.substring(0, query), MAX_PATH));
      span.setAttribute("rekey.request_id", Unsafe.without(requestId, MAX_REQUEST_ID));
      String userAgent = request.getHeader(HttpHeaders.USER_AGENT);
      if (userAgent != null) {
        span.setAttribute("user_agent.original", Unsafe.without(userAgent, MAX_USER_AGENT));
      }
    }
    return new RequestTrace(tracer, span, Context.root().with(span), method);
  }

  /// `tracestate` is free text: what a client puts there is not kept.
  private static SpanContext withoutState(SpanContext client) {
    return SpanContext.createFromRemoteParent(
        client.getTraceId(), client.getSpanId(), client.getTraceFlags(), TraceState.getDefault());
  }

  /// 32 hex digits.
  String id() {
    return span.getSpanContext().getTraceId();
  }

  void client(String address) {
    span.setAttribute("client.address", address);
  }

  void route(String name) {
    span.updateName(method + " " + name);
    span.setAttribute("http.route", name);
  }

  /// An rpc for this request.
  CallOptions under(CallOptions options) {
    return Tracing.under(context, options);
  }

  void judged(Audience audience, Verdict verdict, long nanos) {
    if (!span.isRecording()) {
      return;
    }
    long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    Span judged =
        tracer
            .spanBuilder("verdict")
            .setParent(context)
            .setStartTimestamp(now - nanos, TimeUnit.NANOSECONDS)
            .setAttribute("rekey.audience", audience.name().toLowerCase(Locale.ROOT))
            .startSpan();
    switch (verdict) {
      case Verdict.Accepted accepted -> {
        judged.setAttribute("rekey.verdict", "accepted");
        judged.setAttribute("rekey.kid", accepted.kid());
        judged.setAttribute("rekey.subject", accepted.subject());
      }
      case Verdict.Rejected rejected -> {
        judged.setAttribute("rekey.verdict", "refused");
        judged.setAttribute("rekey.reason", rejected.reason().name());
      }
      case Verdict.Unavailable unavailable -> {
        judged.setAttribute("rekey.verdict", "unavailable");
        judged.setStatus(StatusCode.ERROR, Unsafe.without(unavailable.cause(), MAX_PATH));
      }
    }
    judged.end(now, TimeUnit.NANOSECONDS);
  }

  void sentOn(Upstream upstream) {
    end(0, "sent once more");
    onward =
        tracer
            .spanBuilder(method)
            .setSpanKind(SpanKind.CLIENT)
            .setParent(context)
            .setAttribute("http.request.method", method)
            .setAttribute("server.address", upstream.host())
            .setAttribute("server.port", upstream.port())
            .startSpan();
  }

  /// Tells the upstream of the trace, and of no other.
  void propagate(MultiMap headers) {
    headers.remove(TRACE_STATE);
    Span sent = onward == null ? span : onward;
    Tracing.w3c()
        .inject(
            context.with(sent),
            headers,
            (to, name, value) -> {
              if (to != null) {
                to.set(name, value);
              }
            });
  }

  void upstreamAnswered(int status) {
    end(status, status >= 500 ? "HTTP " + status : "");
  }

  void upstreamFailed(Throwable thrown) {
    end(0, thrown.getClass().getSimpleName());
  }

  private void end(int status, String problem) {
    Span sent = onward;
    if (sent == null) {
      return;
    }
    onward = null;
    if (status > 0) {
      sent.setAttribute("http.response.status_code", status);
    }
    if (!problem.isEmpty()) {
      sent.setStatus(StatusCode.ERROR, problem);
    }
    sent.end();
  }

  void ended(int status, boolean isComplete) {
    end(0, "the client went away");
    if (status > 0) {
      span.setAttribute("http.response.status_code", status);
    }
    if (status >= 500) {
      span.setStatus(StatusCode.ERROR, "HTTP " + status);
    } else if (!isComplete) {
      span.setStatus(StatusCode.ERROR, "the client did not get the whole answer");
    }
    span.end();
  }
}
