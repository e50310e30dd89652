package org.rekey.runtime.grpc;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthGrpc;
import org.rekey.runtime.server.FirstAnswer;

/// Sees the first message that a caller gets. Questions about health do not count. A stream is
/// timed from the message before the answer: it may have been opened long before.
final class FirstAnswerInterceptor implements ServerInterceptor {
  private final FirstAnswer first = new FirstAnswer();

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    if (first.isGiven()
        || HealthGrpc.SERVICE_NAME.equals(call.getMethodDescriptor().getServiceName())) {
      return next.startCall(call, headers);
    }
    Timed<Q, A> timed = new Timed<>(call);
    return new SimpleForwardingServerCallListener<>(next.startCall(timed, headers)) {
      @Override
      public void onMessage(Q message) {
        if (!first.isGiven()) {
          timed.asked = System.nanoTime();
        }
        super.onMessage(message);
      }
    };
  }

  private final class Timed<Q, A> extends SimpleForwardingServerCall<Q, A> {
    private volatile long asked = System.nanoTime();

    Timed(ServerCall<Q, A> call) {
      super(call);
    }

    @Override
    public void sendMessage(A message) {
      if (!first.isGiven()) {
        first.given(getMethodDescriptor().getFullMethodName(), System.nanoTime() - asked);
      }
      super.sendMessage(message);
    }
  }
}
