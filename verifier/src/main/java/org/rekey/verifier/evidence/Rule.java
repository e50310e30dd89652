package org.rekey.verifier.evidence;

import java.util.Locale;

/// What a record, or a whole log, has not kept. The names are stable.
public enum Rule {
  /// The line is not one that an export writes.
  FORMAT(Verdict.CHANGED),
  /// The bytes are no event.
  EVENT(Verdict.CHANGED),
  /// The key that is said to have signed is not trusted.
  LOG_KEY(Verdict.CHANGED),
  /// The log key has not signed these bytes.
  SIGNATURE(Verdict.CHANGED),
  /// What the line says for human eyes is not what the signed bytes say.
  FIELD(Verdict.CHANGED),
  /// Events are numbered 1, 2, 3 …
  EPOCH(Verdict.CHANGED),
  /// Every event carries the hash of the one before.
  CHAIN(Verdict.CHANGED),
  /// The log is shorter than a checkpoint says.
  CUT(Verdict.CUT),
  /// The log key has signed two histories.
  FORK(Verdict.FORKED),
  /// The event is genuine, but no such step is allowed in the life of a key.
  LEGALITY(Verdict.ILLEGAL);

  private final Verdict verdict;

  Rule(Verdict verdict) {
    this.verdict = verdict;
  }

  /// What the log is when this rule is broken.
  public Verdict verdict() {
    return verdict;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
