package org.rekey.gateway.rest;

import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.rpc.UnaryCalls;

/// Calls a service without waiting, for one event loop. Answers come back on the loop; a call
/// that fails answers its request in Mender's shapes.
final class Rpc {
  private static final Duration DEADLINE = Duration.ofSeconds(8);

  private final UnaryCalls calls;

  Rpc(Executor loop, Channel channel) {
    this.calls = new UnaryCalls(loop, channel, DEADLINE);
  }

  <Q, A> void ask(RequestScope scope, MethodDescriptor<Q, A> method, Q request, Consumer<A> then) {
    ask(scope, method, request, then, status -> refuse(scope, status));
  }

  /// @param failed what to do when the call fails, on the event loop
  <Q, A> void ask(
      RequestScope scope,
      MethodDescriptor<Q, A> method,
      Q request,
      Consumer<A> then,
      Consumer<Status> failed) {
    calls.ask(
        scope.seen()::under,
        method,
        request,
        answer -> Answers.guarded(scope, () -> then.accept(answer)),
        status -> Answers.guarded(scope, () -> failed.accept(status)));
  }

  /// How a call that failed is told.
  static void refuse(RequestScope scope, Status status) {
    if (scope.response().headWritten()) {
      scope.response().reset();
      return;
    }
    switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, CANCELLED ->
          Answers.unavailable(scope);
      case INVALID_ARGUMENT -> Answers.error(scope, 400, String.valueOf(status.getDescription()));
      case NOT_FOUND -> Answers.error(scope, 404, "user not found");
      case UNAUTHENTICATED -> Answers.challenge(scope, "invalid jwt");
      case OK,
          UNKNOWN,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE,
          UNIMPLEMENTED,
          INTERNAL,
          DATA_LOSS ->
          Answers.error(scope, 500, "internal error");
    }
  }
}
