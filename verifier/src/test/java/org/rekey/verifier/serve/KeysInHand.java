package org.rekey.verifier.serve;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.follow.KeySource;
import org.rekey.verifier.follow.PullOutcome;
import org.rekey.verifier.map.KidMap;

/// A key source that has what the test's log has, until told that the log cannot be reached.
final class KeysInHand implements KeySource {
  final LogWriter log = new LogWriter();
  volatile boolean reachable = true;

  @Override
  public KidMap map() {
    return log.map();
  }

  @Override
  public boolean isWaitedFor() {
    return true;
  }

  @Override
  public CompletionStage<PullOutcome> pull() {
    return CompletableFuture.completedFuture(
        reachable ? new PullOutcome.CaughtUp(log.head()) : new PullOutcome.Failed("no route"));
  }
}
