package org.rekey.gateway.verdict;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.netty.channel.EventLoop;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.proto.auth.v1.VerdictBatch;
import org.rekey.proto.auth.v1.VerifyBatch;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;

/// What goes out, and in how many messages. Nobody answers unless a test says so.
class VerdictClientTest {
  private static final byte[] TOKEN = {'t'};
  private static final byte[] NO_CERTIFICATE = {};

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
  private final EventLoop loop = context.nettyEventLoop();
  private final AtomicLong now = new AtomicLong();
  private final BlockingQueue<Integer> sent = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> alone = new LinkedBlockingQueue<>();
  private final List<String> questions = new CopyOnWriteArrayList<>();
  private volatile ClientCall.@Nullable Listener<VerdictBatch> stream;
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

  /// A question's token, and its place.
  static String text(VerifyBatch.Item item) {
    return item.getRequest().getToken().toStringUtf8()
        + (item.getPlace() == 0 ? "" : "@" + item.getPlace());
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

  @Test
  void aTokenThatTheIssuerKeepsIsNotSentAgain() throws Exception {
    for (int i = 1; i <= 4; i++) {
      askOnce();
      answer(i, 1);
    }
    assertThat(questions).containsExactly("t", "t@1", "@1", "@1");
  }

  @Test
  void aNewStreamBeginsWithNothingKept() throws Exception {
    for (int i = 1; i <= 3; i++) {
      askOnce();
      answer(i, 1);
    }
    breakStream();
    now.addAndGet(Duration.ofMillis(300).toNanos());
    askOnce();
    assertThat(questions).containsExactly("t", "t@1", "@1", "t");
  }

  @Test
  void whatIsAskedAloneHasItsTokenWithIt() throws Exception {
    for (int i = 1; i <= 2; i++) {
      askOnce();
      answer(i, 1);
    }
    askOnce();
    breakStream();
    assertThat(alone.poll(10, SECONDS)).isEqualTo("t");
    assertThat(questions).containsExactly("t", "t@1", "@1");
  }

  private void askOnce() throws InterruptedException {
    context.runOnContext(_ -> ask(1));
    assertThat(messages(1)).containsExactly(1);
  }

  private void answer(long id, int places) {
    VerifyResponse accepted =
        VerifyResponse.newBuilder().setAccepted(Accepted.getDefaultInstance()).build();
    VerdictBatch batch =
        VerdictBatch.newBuilder()
            .setPlaces(places)
            .addItems(VerdictBatch.Item.newBuilder().setId(id).setResponse(accepted))
            .build();
    onLoop(() -> Objects.requireNonNull(stream).onMessage(batch));
  }

  private void breakStream() {
    onLoop(() -> Objects.requireNonNull(stream).onClose(Status.UNAVAILABLE, new Metadata()));
  }

  private void onLoop(Runnable what) {
    loop.submit(what).syncUninterruptibly();
  }

  /// What would go out.
  private final class Wire extends Channel {
    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      return new ClientCall<>() {
        @Override
        @SuppressWarnings("unchecked") // only the stream's is used
        public void start(Listener<A> answers, Metadata headers) {
          if (!method.getType().clientSendsOneMessage()) {
            stream = (Listener<VerdictBatch>) answers;
          }
        }

        @Override
        public void request(int messages) {}

        @Override
        public void cancel(@Nullable String why, @Nullable Throwable cause) {}

        @Override
        public void halfClose() {}

        @Override
        public void sendMessage(Q message) {
          if (message instanceof VerifyBatch batch) {
            batch.getItemsList().forEach(item -> questions.add(text(item)));
            sent.add(batch.getItemsCount());
          } else {
            alone.add(((VerifyRequest) message).getToken().toStringUtf8());
          }
        }
      };
    }

    @Override
    public String authority() {
      return "useradm";
    }
  }
}
