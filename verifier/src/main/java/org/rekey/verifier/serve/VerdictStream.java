package org.rekey.verifier.serve;

import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.auth.v1.VerdictBatch;
import org.rekey.proto.auth.v1.VerifyBatch;
import org.rekey.verifier.token.ReadToken;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One stream of questions. What can be answered at once goes back together, in one message for
/// each message; what cannot follows by itself when it is known, in any order.
///
/// Batches are taken in one at a time and only while few verdicts are outstanding and the caller
/// takes its answers, so a caller that asks faster than it reads is slowed down and costs no more
/// memory here.
///
/// A token that is asked about again and again comes once: the caller says at which place it shall
/// be kept while the stream is open, and after that only where it is ([TokenPlaces]). Each time it
/// is judged anew.
final class VerdictStream implements StreamObserver<VerifyBatch> {
  private static final Logger LOG = LoggerFactory.getLogger(VerdictStream.class);
  private static final int MAX_OUTSTANDING = 4096;

  private final TokenVerdicts verdicts;
  private final ServerCallStreamObserver<VerdictBatch> answers;
  private final TokenPlaces places;
  private final @Nullable ReadToken[] kept;
  private int outstanding;
  private boolean requested;
  private boolean allAsked;
  private boolean ended;

  VerdictStream(
      TokenVerdicts verdicts, TokenPlaces places, ServerCallStreamObserver<VerdictBatch> answers) {
    this.verdicts = verdicts;
    this.places = places;
    this.kept = new ReadToken[places.take()];
    this.answers = answers;
    answers.disableAutoRequest();
    answers.setOnReadyHandler(this::takeMore);
    answers.setOnCancelHandler(this::end);
  }

  @Override
  public void onNext(VerifyBatch batch) {
    begin(batch.getItemsCount());
    VerdictBatch.Builder atOnce = VerdictBatch.newBuilder().setPlaces(kept.length);
    for (VerifyBatch.Item item : batch.getItemsList()) {
      CompletableFuture<Verdict> verdict =
          judge(item).exceptionally(VerdictStream::failed).toCompletableFuture();
      if (verdict.isDone()) {
        atOnce.addItems(answer(item.getId(), verdict.join()));
      } else {
        var _ = verdict.thenAccept(late -> send(answer(item.getId(), late)));
      }
    }
    if (atOnce.getItemsCount() > 0) {
      send(atOnce.build());
    } else {
      takeMore();
    }
  }

  private CompletionStage<Verdict> judge(VerifyBatch.Item item) {
    ReadToken token = token(item);
    return token == null
        ? CompletableFuture.completedFuture(
            new Verdict.Unavailable(
                "no token is at place " + Integer.toUnsignedString(item.getPlace())))
        : TokenVerifierEndpoint.judge(verdicts, token, item.getRequest().getCertificateSha256());
  }

  /// Null when nothing is where it is said to be.
  private @Nullable ReadToken token(VerifyBatch.Item item) {
    ByteString sent = item.getRequest().getToken();
    int place = item.getPlace();
    boolean hasIt = place > 0 && place <= kept.length;
    if (place != 0 && sent.isEmpty()) {
      return hasIt ? kept[place - 1] : null;
    }
    ReadToken token = verdicts.read(sent.toByteArray());
    if (hasIt) {
      kept[place - 1] = sent.size() <= TokenPlaces.LONGEST ? token : null;
    }
    return token;
  }

  @Override
  public void onError(Throwable cancelled) {
    end();
  }

  @Override
  public synchronized void onCompleted() {
    allAsked = true;
    completeWhenDone();
  }

  private synchronized void begin(int count) {
    requested = false;
    outstanding += count;
  }

  private void send(VerdictBatch.Item late) {
    send(VerdictBatch.newBuilder().setPlaces(kept.length).addItems(late).build());
  }

  private synchronized void send(VerdictBatch batch) {
    outstanding -= batch.getItemsCount();
    if (ended) {
      return;
    }
    answers.onNext(batch);
    completeWhenDone();
    takeMore();
  }

  private synchronized void takeMore() {
    if (!ended && !allAsked && !requested && outstanding < MAX_OUTSTANDING && answers.isReady()) {
      requested = true;
      answers.request(1);
    }
  }

  private void completeWhenDone() {
    if (allAsked && outstanding == 0 && !ended) {
      end();
      answers.onCompleted();
    }
  }

  private synchronized void end() {
    if (!ended) {
      ended = true;
      places.giveBack(kept.length);
    }
  }

  /// One item that fails must not end the stream for all.
  private static Verdict failed(Throwable thrown) {
    LOG.atError().setCause(thrown).log("a verdict failed for a reason that nobody knows");
    return new Verdict.Unavailable("internal error");
  }

  private static VerdictBatch.Item answer(long id, Verdict verdict) {
    return VerdictBatch.Item.newBuilder()
        .setId(id)
        .setResponse(TokenVerifierEndpoint.toProto(verdict))
        .build();
  }
}
