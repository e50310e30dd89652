package org.rekey.runtime.trace;

import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;

/// A span for each rpc whose caller has begun and sampled a trace. Streams that stay open have
/// none: such a span would tell of its end only.
final class ServerSpans implements ServerInterceptor {
  static final io.grpc.Context.Key<Context> CURRENT = io.grpc.Context.key("rekey-trace");

  private final Tracer tracer;

  ServerSpans(Tracer tracer) {
    this.tracer = tracer;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (call.getMethodDescriptor().getType() != MethodType.UNARY) {
      return next.startCall(call, headers);
    }
    Context parent = Tracing.w3c().extract(Context.root(), headers, RpcSpans.GETTER);
    if (!Span.fromContext(parent).getSpanContext().isSampled()) {
      return next.startCall(call, headers);
    }
    Span span = RpcSpans.begin(tracer, call.getMethodDescriptor(), SpanKind.SERVER, parent);
    ServerCall<Q, A> spanned =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            RpcSpans.end(span, status);
            super.close(status, trailers);
          }
        };
    io.grpc.Context context = io.grpc.Context.current().withValue(CURRENT, parent.with(span));
    return new SimpleForwardingServerCallListener<>(
        Contexts.interceptCall(context, spanned, headers, next)) {
      @Override
      public void onCancel() {
        RpcSpans.end(span, Status.CANCELLED);
        super.onCancel();
      }
    };
  }
}
