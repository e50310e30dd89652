package org.rekey.runtime.trace;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import org.jspecify.annotations.Nullable;

/// A span for each call that belongs to a trace; the other end is told of it.
final class ClientSpans implements ClientInterceptor {
  static final CallOptions.Key<@Nullable Context> PARENT =
      CallOptions.Key.create("rekey-trace-parent");

  private final Tracer tracer;

  ClientSpans(Tracer tracer) {
    this.tracer = tracer;
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    Context named = options.getOption(PARENT);
    Context parent = named == null ? ServerSpans.CURRENT.get() : named;
    ClientCall<Q, A> call = next.newCall(method, options);
    if (parent == null || !Span.fromContext(parent).getSpanContext().isSampled()) {
      return call;
    }
    Span span = RpcSpans.begin(tracer, method, SpanKind.CLIENT, parent);
    return new SimpleForwardingClientCall<>(call) {
      @Override
      public void start(Listener<A> listener, Metadata headers) {
        Tracing.w3c().inject(parent.with(span), headers, RpcSpans::put);
        super.start(
            new SimpleForwardingClientCallListener<>(listener) {
              @Override
              public void onClose(Status status, Metadata trailers) {
                RpcSpans.end(span, status);
                super.onClose(status, trailers);
              }
            },
            headers);
      }
    };
  }
}
