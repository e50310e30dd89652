package org.rekey.gateway.verdict;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.netty.channel.EventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rekey.proto.auth.v1.VerifyBatch;

/// How many questions go out in a message. Nobody answers them.
class VerdictClientTest {
  private static final byte[] TOKEN = {'t'};
  private static final byte[] NO_CERTIFICATE = {};

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
  private final EventLoop loop = context.nettyEventLoop();
  private final AtomicLong now = new AtomicLong();
  private final BlockingQueue<Integer> sent = new LinkedBlockingQueue<>();
  private final VerdictClient client =
      new VerdictClient(context, new Wire(), Duration.ofMinutes(1).toNanos(), now::get);

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private void ask(int questions) {
    for (int i = 0; i < questions; i++) {
      client.ask(TOKEN, NO_CERTIFICATE, _ -> {});
    }
  }

  /// How many questions each of the next messages has.
  private List<Integer> messages(int count) throws InterruptedException {
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Integer size = sent.poll(10, SECONDS);
      if (size != null) {
        sizes.add(size);
      }
    }
    return sizes;
  }

  private void nextTurn(Runnable what) {
    var _ = loop.schedule(what, 0, NANOSECONDS);
  }

  @Test
  void whatOneTurnOfTheLoopBringsGoesTogetherAndWaitsForNobody() throws Exception {
    context.runOnContext(_ -> ask(3));
    assertThat(messages(1)).containsExactly(3);
    context.runOnContext(_ -> ask(1));
    assertThat(messages(1)).containsExactly(1);
  }

  @Test
  void whatTheNextTurnsBringGoesWithIt() throws Exception {
    context.runOnContext(
        _ -> {
          ask(3);
          nextTurn(
              () -> {
                ask(2);
                nextTurn(() -> ask(1));
              });
        });
    assertThat(messages(1)).containsExactly(6);
  }

  @Test
  void nothingWaitsForTheTurnAfterALongOne() throws Exception {
    context.runOnContext(
        _ -> {
          ask(3);
          nextTurn(
              () -> {
                now.addAndGet(Duration.ofMillis(2).toNanos());
                ask(2);
                nextTurn(() -> ask(1));
              });
        });
    assertThat(messages(2)).containsExactly(5, 1);
  }

  @Test
  void aFullMessageGoesAtOnce() throws Exception {
    context.runOnContext(_ -> ask(130));
    assertThat(messages(3)).containsExactly(64, 64, 2);
  }

  /// What would go out.
  private final class Wire extends Channel {
    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      return new ClientCall<>() {
        @Override
        public void start(Listener<A> answers, Metadata headers) {}

        @Override
        public void request(int messages) {}

        @Override
        public void cancel(@Nullable String why, @Nullable Throwable cause) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(Q message) {
          sent.add(((VerifyBatch) message).getItemsCount());
        }
      };
    }

    @Override
    public String authority() {
      return "useradm";
    }
  }
}
