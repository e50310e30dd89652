package org.rekey.verifier.evidence;

/// What a log is found to be, the gravest last.
public enum Verdict {
  /// Every event is genuine, in its place and legal, up to the last one there is.
  WHOLE,
  /// Genuine, with events that no verifier obeys: the keystore made a mistake, or was made to.
  ILLEGAL,
  /// Genuine, but events at its end are missing that a checkpoint proves.
  CUT,
  /// Genuine, but not the history of a checkpoint: the log key has signed both.
  FORKED,
  /// Not what the keystore has written.
  CHANGED
}
