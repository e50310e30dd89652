package org.rekey.gateway.verdict;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerdictBatch;
import org.rekey.proto.auth.v1.VerifyBatch;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks one issuer for verdicts, for one event loop.
///
/// All requests that one turn of the loop brings go out as one message on a stream that stays open,
/// a third of the cost of a call each, and those of the next turns with them while each brings
/// more: what a message costs both ends is shared by more requests just when there are many. A loop
/// that has nothing else to do waits for nobody. A token that is asked about again and again is
/// sent to a stream once ([KeptTokens]). When the stream breaks, what was open on it is
/// asked again with single calls, which gRPC repeats at another replica; a single call is also the
/// answer to a verdict that its replica could not give. Not thread-safe: everything happens on the
/// event loop, the connections to the issuer included, so that no other thread is woken for a
/// verdict.
public final class VerdictClient {
  private static final Logger LOG = LoggerFactory.getLogger(VerdictClient.class);
  private static final int MAX_BATCH = 64;

  /// After this the first request of a message waits for no more others, however many come. A turn
  /// of the loop may be long: handshakes are part of it.
  private static final long GATHER_NANOS = TimeUnit.MICROSECONDS.toNanos(300);

  /// Beyond this the issuer is not keeping up, and every further question would only wait.
  private static final int MAX_OPEN = 8192;

  private static final long RETRY_STREAM_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /// How long a single call waits for a connection. An issuer that is started anew is connected to
  /// again within this time; one that is away is told of after it.
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  @SuppressWarnings("ArrayRecordComponent") // never compared, and changed by nobody
  private record Question(
      byte[] token, byte[] certificateSha256, long deadlineNanos, Consumer<Verdict> answer) {
    VerifyRequest request() {
      return VerifyRequest.newBuilder()
          .setToken(UnsafeByteOperations.unsafeWrap(token))
          .setCertificateSha256(UnsafeByteOperations.unsafeWrap(certificateSha256))
          .build();
    }

    /// Whoever fails with an answer must not keep others from theirs.
    void tell(Verdict verdict) {
      try {
        answer.accept(verdict);
      } catch (RuntimeException e) {
        LOG.atError().setCause(e).log("a request failed with its verdict");
      }
    }
  }

  private final ContextInternal loop;
  private final Channel channel;
  private final long timeoutNanos;
  private final LongSupplier nanoTime;
  private final Map<Long, Question> open = new HashMap<>();
  private final List<VerifyBatch.Item> next = new ArrayList<>();
  private long lastId;
  private boolean gathering;
  private @Nullable ClientCallStreamObserver<VerifyBatch> stream;
  private KeptTokens kept = new KeptTokens();
  private long streamNumber;
  private long streamNotBefore;
  private boolean isClosed;

  /// @param channel of this event loop ([LoopChannels])
  public VerdictClient(Context loop, Channel channel, long timeoutNanos) {
    this(loop, channel, timeoutNanos, System::nanoTime);
  }

  VerdictClient(Context loop, Channel channel, long timeoutNanos, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.loop = (ContextInternal) loop;
    this.channel = channel;
    this.timeoutNanos = timeoutNanos;
    this.streamNotBefore = nanoTime.getAsLong();
    loop.owner().setPeriodic(500, _ -> expire());
  }

  /// @param certificateSha256 of the certificate that the client has proved to hold; empty: none
  /// @param answer called once, on the event loop
  public void ask(byte[] token, byte[] certificateSha256, Consumer<Verdict> answer) {
    if (open.size() >= MAX_OPEN) {
      answer.accept(new Verdict.Unavailable("too many verdicts are waited for"));
      return;
    }
    long now = nanoTime.getAsLong();
    Question question = new Question(token, certificateSha256, now + timeoutNanos, answer);
    if (stream == null && !openStream()) {
      askAlone(question);
      return;
    }
    long id = ++lastId;
    open.put(id, question);
    next.add(kept.question(id, token, certificateSha256));
    if (next.size() >= MAX_BATCH) {
      send();
    } else if (!gathering) {
      gathering = true;
      loop.runOnContext(_ -> gather(0, now));
    }
  }

  /// Asks nothing more. On the event loop, after the last request was answered.
  public void close() {
    ClientCallStreamObserver<VerifyBatch> current = stream;
    stream = null;
    isClosed = true;
    if (current != null) {
      current.cancel("the gateway is stopping", null);
    }
  }

  /// At the end of a turn of the loop.
  ///
  /// @param before how many were there at the end of the turn before
  private void gather(int before, long since) {
    int now = next.size();
    if (now > before && nanoTime.getAsLong() - since < GATHER_NANOS) {
      // Not `execute`: that would still be this turn.
      var _ = loop.nettyEventLoop().schedule(() -> gather(now, since), 0, TimeUnit.NANOSECONDS);
    } else {
      gathering = false;
      send();
    }
  }

  private void send() {
    StreamObserver<VerifyBatch> current = stream;
    if (next.isEmpty() || current == null) {
      return;
    }
    VerifyBatch batch = VerifyBatch.newBuilder().addAllItems(next).build();
    next.clear();
    current.onNext(batch);
  }

  private boolean openStream() {
    long now = nanoTime.getAsLong();
    if (isClosed || now - streamNotBefore < 0) {
      return false;
    }
    streamNotBefore = now + RETRY_STREAM_NANOS;
    streamNumber++;
    kept = new KeptTokens();
    stream =
        (ClientCallStreamObserver<VerifyBatch>)
            ClientCalls.asyncBidiStreamingCall(
                channel.newCall(TokenVerifierGrpc.getVerifyStreamMethod(), CallOptions.DEFAULT),
                new Answers(streamNumber));
    return true;
  }

  private void streamEnded(long ended, Status status) {
    if (stream == null || streamNumber != ended) {
      return;
    }
    LOG.atDebug()
        .addKeyValue("status", status.getCode())
        .addKeyValue("open", open.size())
        .log("the stream of verdicts ended; asking one by one until it is back");
    stream = null;
    next.clear();
    List<Question> unanswered = List.copyOf(open.values());
    open.clear();
    unanswered.forEach(this::askAlone);
  }

  private void askAlone(Question question) {
    long left = question.deadlineNanos() - nanoTime.getAsLong();
    if (left <= 0) {
      question.tell(new Verdict.Unavailable("no verdict in time"));
      return;
    }
    ClientCalls.asyncUnaryCall(
        channel.newCall(
            TokenVerifierGrpc.getVerifyMethod(),
            CallOptions.DEFAULT
                .withWaitForReady()
                .withDeadlineAfter(Math.min(left, PATIENCE_NANOS), TimeUnit.NANOSECONDS)),
        question.request(),
        new StreamObserver<>() {
          private Verdict verdict = new Verdict.Unavailable("empty answer");

          @Override
          public void onNext(VerifyResponse response) {
            verdict = verdict(response);
          }

          @Override
          public void onError(Throwable thrown) {
            Status status = Status.fromThrowable(thrown);
            Verdict none = new Verdict.Unavailable(status.getCode().name());
            loop.runOnContext(_ -> question.tell(none));
          }

          // Not before: an answer may still be followed by an error.
          @Override
          public void onCompleted() {
            Verdict answer = verdict;
            loop.runOnContext(_ -> question.tell(answer));
          }
        });
  }

  private void answered(VerdictBatch batch) {
    kept.room(batch.getPlaces());
    for (VerdictBatch.Item item : batch.getItemsList()) {
      Question question = open.remove(item.getId());
      if (question == null) {
        continue;
      }
      if (item.getResponse().hasUnavailable()) {
        kept.unanswered(question.token());
        askAlone(question);
      } else {
        if (item.getResponse().hasAccepted()) {
          kept.accepted(question.token());
        }
        question.tell(verdict(item.getResponse()));
      }
    }
  }

  /// A replica that hangs must not hang its clients.
  private void expire() {
    long now = nanoTime.getAsLong();
    List<Question> late = new ArrayList<>();
    open.values().removeIf(question -> question.deadlineNanos() - now < 0 && late.add(question));
    late.forEach(q -> q.tell(new Verdict.Unavailable("no verdict in time")));
  }

  private static Verdict verdict(VerifyResponse response) {
    return switch (response.getVerdictCase()) {
      case ACCEPTED ->
          new Verdict.Accepted(
              response.getAccepted().getSubject(),
              response.getAccepted().getTokenId(),
              response.getAccepted().getKid(),
              response.getAccepted().getExpiresAt().getSeconds(),
              response.getAccepted().getKind());
      case REFUSED -> new Verdict.Rejected(response.getRefused().getReason());
      case UNAVAILABLE -> new Verdict.Unavailable(response.getUnavailable().getCause());
      case VERDICT_NOT_SET -> new Verdict.Unavailable("empty answer");
    };
  }

  /// Answers come in on the event loop. That a stream has ended may be told while it is still being
  /// opened, and waits for the next turn.
  private final class Answers implements StreamObserver<VerdictBatch> {
    private final long number;

    Answers(long number) {
      this.number = number;
    }

    @Override
    public void onNext(VerdictBatch batch) {
      loop.emit(batch, VerdictClient.this::answered);
    }

    @Override
    public void onError(Throwable thrown) {
      loop.runOnContext(_ -> streamEnded(number, Status.fromThrowable(thrown)));
    }

    @Override
    public void onCompleted() {
      loop.runOnContext(_ -> streamEnded(number, Status.OK));
    }
  }
}
