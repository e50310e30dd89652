package org.rekey.verifier.serve;

import java.util.concurrent.atomic.AtomicInteger;

/// Room for the tokens that streams of questions keep, for all streams of an issuer together: with
/// tokens of usual size, which take a kilobyte, 16 MB.
final class TokenPlaces {
  /// Of one stream that has any.
  static final int OF_A_STREAM = 1024;

  /// Longer ones are not kept. Those with the longest signature that is told from a token of usual
  /// size would take ten times as much.
  static final int LONGEST = 2048;

  private static final int STREAMS = 16;

  private final AtomicInteger free = new AtomicInteger(STREAMS);

  /// How many the next stream has: all that a stream may have, or 0 when others have them all.
  int take() {
    return free.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? OF_A_STREAM : 0;
  }

  /// From a stream that has ended.
  ///
  /// @param taken what [#take] said
  void giveBack(int taken) {
    if (taken > 0) {
      free.incrementAndGet();
    }
  }
}
