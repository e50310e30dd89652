package org.rekey.gateway.rpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// Calls a service without waiting, for one event loop: answers come back on the loop.
public final class UnaryCalls {
  private final Executor loop;
  private final Channel channel;
  private final Duration deadline;

  public UnaryCalls(Executor loop, Channel channel, Duration deadline) {
    this.loop = loop;
    this.channel = channel;
    this.deadline = deadline;
  }

  /// @param then what to do with the answer, on the event loop
  /// @param failed what to do when the call fails, on the event loop
  public <Q, A> void ask(
      MethodDescriptor<Q, A> method, Q request, Consumer<A> then, Consumer<Status> failed) {
    ask(options -> options, method, request, then, failed);
  }

  /// As [#ask(MethodDescriptor, Object, Consumer, Consumer)].
  ///
  /// @param under says for what the call is made
  public <Q, A> void ask(
      UnaryOperator<CallOptions> under,
      MethodDescriptor<Q, A> method,
      Q request,
      Consumer<A> then,
      Consumer<Status> failed) {
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
    ClientCalls.asyncUnaryCall(
        channel.newCall(method, under.apply(options)),
        request,
        new StreamObserver<>() {
          @Override
          public void onNext(A answer) {
            loop.execute(() -> then.accept(answer));
          }

          @Override
          public void onError(Throwable thrown) {
            Status status = Status.fromThrowable(thrown);
            loop.execute(() -> failed.accept(status));
          }

          @Override
          public void onCompleted() {}
        });
  }
}
