package org.rekey.useradm.password;

/// What comparing a password with a stored hash told.
public enum Match {
  WRONG,
  RIGHT,
  /// Right, and the hash should be replaced by a new one: it is of another algorithm, or cheaper
  /// than today's.
  RIGHT_BUT_OUTDATED;

  public boolean isRight() {
    return this != WRONG;
  }
}
