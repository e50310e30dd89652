package org.rekey.runtime.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// Counts and times every call: `rpc.server.duration{service, method, code}`.
final class MetricsInterceptor implements ServerInterceptor {
  private record Outcome(MethodDescriptor<?, ?> method, Status.Code code) {}

  private final MeterRegistry meters;
  private final Map<Outcome, Timer> timers = new ConcurrentHashMap<>();

  MetricsInterceptor(MeterRegistry meters) {
    this.meters = meters;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    long start = System.nanoTime();
    return next.startCall(
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            timers
                .computeIfAbsent(
                    new Outcome(getMethodDescriptor(), status.getCode()),
                    MetricsInterceptor.this::timer)
                .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
            super.close(status, trailers);
          }
        },
        headers);
  }

  private Timer timer(Outcome outcome) {
    return Timer.builder("rpc.server.duration")
        .description("Time from a call's arrival to its status")
        .tag("service", String.valueOf(outcome.method().getServiceName()))
        .tag("method", String.valueOf(outcome.method().getBareMethodName()))
        .tag("code", outcome.code().name())
        .publishPercentileHistogram(false)
        .register(meters);
  }
}
