package org.rekey.verifier.serve;

/// From when on, and until when, all revocations are known to have been heard.
///
/// Written by one thread, the token feed's; read by many.
public final class Coverage {
  private volatile boolean begun;
  private volatile long since;
  private volatile long until;

  /// Whether what the registry said at one moment can still be believed at another: nothing that
  /// was revoked in between can have been missed, save what was revoked within the time to live.
  boolean covers(long askedAt, long now) {
    return begun && askedAt - since > 0 && now - until < 0;
  }

  /// Something may have been missed before this moment.
  void restart(long now) {
    since = now;
    until = now;
    begun = true;
  }

  /// Everything that was revoked so far has been heard, and that is good until a moment.
  void extend(long until) {
    if (until - this.until > 0) {
      this.until = until;
    }
  }
}
