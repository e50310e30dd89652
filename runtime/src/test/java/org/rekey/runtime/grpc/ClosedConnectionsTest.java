package org.rekey.runtime.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.SignerGrpc;

class ClosedConnectionsTest {
  @Test
  void aConnectionThatWasClosedUnderACallIsAReplicaThatIsAway() {
    Status told =
        told(
            Status.UNKNOWN
                .withDescription("channel closed")
                .withCause(new ClosedChannelException()));
    assertThat(told.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(told.getDescription()).isEqualTo("channel closed");
  }

  @Test
  void whatAReplicaItselfSaysIsPassedOnAsItIs() {
    assertThat(told(Status.UNKNOWN).getCode()).isEqualTo(Status.Code.UNKNOWN);
    assertThat(told(Status.INTERNAL).getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(told(Status.OK).getCode()).isEqualTo(Status.Code.OK);
  }

  /// What a caller hears of a call that ends so.
  private static Status told(Status end) {
    CompletableFuture<Status> heard = new CompletableFuture<>();
    ClientInterceptors.intercept(new Ending(end), new ClosedConnections())
        .newCall(SignerGrpc.getSignMethod(), CallOptions.DEFAULT)
        .start(
            new ClientCall.Listener<>() {
              @Override
              public void onClose(Status status, Metadata trailers) {
                heard.complete(status);
              }
            },
            new Metadata());
    return heard.join();
  }

  /// gRPC as it is when a call ends before anything was answered.
  private static final class Ending extends Channel {
    private final Status end;

    Ending(Status end) {
      this.end = end;
    }

    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      return new ClientCall<>() {
        @Override
        public void start(Listener<A> answers, Metadata headers) {
          answers.onClose(end, new Metadata());
        }

        @Override
        public void request(int count) {}

        @Override
        public void cancel(@Nullable String why, @Nullable Throwable cause) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(Q message) {}
      };
    }

    @Override
    public String authority() {
      return "keystore";
    }
  }
}
