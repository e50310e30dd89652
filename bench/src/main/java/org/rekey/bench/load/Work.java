package org.rekey.bench.load;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;

/// Something to do over and over. Called from any thread, never blocks.
public interface Work {

  /// @param done called once, with null or with what went wrong
  void start(Done done);

  /// How many verdicts or calls one start is.
  default int size() {
    return 1;
  }

  @FunctionalInterface
  interface Done {
    void with(@Nullable Throwable failure);
  }

  /// The rpc that does nothing: the standard health check, through the same interceptors.
  static Work noOp(Channel channel) {
    HealthCheckRequest request = HealthCheckRequest.getDefaultInstance();
    return unary(channel, HealthGrpc.getCheckMethod(), () -> request, _ -> true);
  }

  /// `Verify`, the tokens in turn.
  static Work verify(Channel channel, List<VerifyRequest> tokens) {
    return verify(channel, inTurn(tokens));
  }

  static Work verify(Channel channel, Supplier<VerifyRequest> tokens) {
    return unary(channel, TokenVerifierGrpc.getVerifyMethod(), tokens, VerifyResponse::hasAccepted);
  }

  static <T> Supplier<T> inTurn(List<T> items) {
    AtomicInteger next = new AtomicInteger();
    return () -> items.get(Math.floorMod(next.getAndIncrement(), items.size()));
  }

  static <T> Supplier<T> atRandom(List<T> items) {
    return () -> items.get(ThreadLocalRandom.current().nextInt(items.size()));
  }

  /// @param good whether an answer is the one that was hoped for
  static <Q, A> Work unary(
      Channel channel, MethodDescriptor<Q, A> method, Supplier<Q> requests, Predicate<A> good) {
    return done ->
        ClientCalls.asyncUnaryCall(
            channel.newCall(method, CallOptions.DEFAULT),
            requests.get(),
            new StreamObserver<A>() {
              private boolean isGood;

              @Override
              public void onNext(A answer) {
                isGood = good.test(answer);
              }

              @Override
              public void onError(Throwable thrown) {
                done.with(thrown);
              }

              @Override
              public void onCompleted() {
                done.with(
                    isGood
                        ? null
                        : new IllegalStateException(
                            method.getFullMethodName() + ": not the answer that was expected"));
              }
            });
  }
}
