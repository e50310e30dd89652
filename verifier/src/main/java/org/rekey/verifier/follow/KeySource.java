package org.rekey.verifier.follow;

import java.util.concurrent.CompletionStage;
import org.rekey.verifier.map.KidMap;

/// Where a token check gets its keys.
public interface KeySource {
  /// The newest map at hand; never blocks.
  KidMap map();

  /// Asks the log for what is newer. Callers share calls, and each is answered by one that began
  /// after it asked. Never completes exceptionally.
  CompletionStage<PullOutcome> pull();

  /// Whether no key begins to sign before it is in [#map()], unless an operator overrides: the
  /// keystore waits for this verifier. Then a kid that was unknown a moment ago still is.
  boolean isWaitedFor();
}
