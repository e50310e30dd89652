package org.rekey.gateway;

/// When open connections are looked through for certificates that have become bad: now and then,
/// and soon after a change of the files. Not at once, so that most hear of it by an answer; and not
/// later because the next change has come meanwhile, or whoever writes files all the time keeps
/// connections open.
final class Sweeps {
  private static final int LOOKS_BETWEEN = 30;
  private static final int LOOKS_AFTER_A_CHANGE = 3;

  private int left = LOOKS_BETWEEN;

  /// To be asked at each look at the files.
  boolean isDue(boolean changed) {
    left--;
    if (changed) {
      left = Math.min(left, LOOKS_AFTER_A_CHANGE);
    }
    if (left > 0) {
      return false;
    }
    left = LOOKS_BETWEEN;
    return true;
  }
}
