package org.rekey.verifier.follow;

/// How asking the log went.
public sealed interface PullOutcome {
  /// The map holds all that the log held when it was asked.
  record CaughtUp(long epoch) implements PullOutcome {}

  /// It is not known whether there is something newer.
  record Failed(String cause) implements PullOutcome {}
}
