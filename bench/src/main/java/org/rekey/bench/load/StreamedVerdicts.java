package org.rekey.bench.load;

import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerdictBatch;
import org.rekey.proto.auth.v1.VerifyBatch;
import org.rekey.proto.auth.v1.VerifyRequest;

/// `VerifyStream`: one stream for all, as the gateway has, and a batch of tokens for each start. A
/// batch is done with its last verdict.
public final class StreamedVerdicts implements Work, AutoCloseable {

  private static final class Batch {
    private final Done done;
    private int unanswered;

    Batch(Done done, int size) {
      this.done = done;
      this.unanswered = size;
    }
  }

  private final int size;
  private final Supplier<VerifyRequest> tokens;
  private final StreamObserver<VerifyBatch> stream;
  private final Map<Long, Batch> open = new HashMap<>();
  private long lastBatch;

  public StreamedVerdicts(Channel channel, List<VerifyRequest> tokens, int size) {
    this.size = size;
    this.tokens = Work.inTurn(tokens);
    this.stream = TokenVerifierGrpc.newStub(channel).verifyStream(new Answers());
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public synchronized void start(Done done) {
    long batch = ++lastBatch;
    VerifyBatch.Builder message = VerifyBatch.newBuilder();
    for (int i = 0; i < size; i++) {
      message.addItems(
          VerifyBatch.Item.newBuilder().setId(batch * size + i).setRequest(tokens.get()));
    }
    open.put(batch, new Batch(done, size));
    stream.onNext(message.build());
  }

  private void answered(VerdictBatch.Item item) {
    if (!item.getResponse().hasAccepted()) {
      failed(new IllegalStateException("a verdict on a good token: " + item.getResponse()));
      return;
    }
    Done done = null;
    synchronized (this) {
      Batch batch = open.get(item.getId() / size);
      if (batch != null && --batch.unanswered == 0) {
        open.remove(item.getId() / size);
        done = batch.done;
      }
    }
    if (done != null) {
      done.with(null);
    }
  }

  private void failed(Throwable failure) {
    List<Batch> all;
    synchronized (this) {
      all = List.copyOf(open.values());
      open.clear();
    }
    all.forEach(batch -> batch.done.with(failure));
  }

  @Override
  public void close() {
    stream.onCompleted();
  }

  private final class Answers implements StreamObserver<VerdictBatch> {
    @Override
    public void onNext(VerdictBatch answers) {
      answers.getItemsList().forEach(StreamedVerdicts.this::answered);
    }

    @Override
    public void onError(Throwable thrown) {
      failed(thrown);
    }

    @Override
    public void onCompleted() {}
  }
}
