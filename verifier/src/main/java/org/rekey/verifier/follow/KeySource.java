package org.rekey.verifier.follow;

import java.util.concurrent.CompletionStage;
import org.rekey.verifier.map.KidMap;

/// Where a token check gets its keys.
public interface KeySource {
  /// The newest map at hand; never blocks.
  KidMap map();

  /// Asks the log for what is newer. Callers share calls: one may join a call that is under way or
  /// about to start. Never completes exceptionally.
  CompletionStage<PullOutcome> pull();
}
