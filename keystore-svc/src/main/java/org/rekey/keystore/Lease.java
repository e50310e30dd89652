package org.rekey.keystore;

import java.time.Duration;
import java.time.Instant;

/// What is known of one verifier, and for how long it counts by that. Letters are those of ADR 12.
///
/// @param writtenAt the time of the report that the table has
/// @param greeted this keystore has written it down and told it the head
record Lease(VerifierReport report, Instant writtenAt, boolean greeted) {

  /// By how much the table may be behind a renewal that was answered.
  static Duration lag(Duration length) {
    return length.dividedBy(2);
  }

  /// (b): by the word that this keystore has given, or by the table's own, behind which another
  /// keystore may have given a younger one.
  boolean runs(Instant now, Duration length) {
    return isAnswered(now, length) || now.isBefore(writtenAt.plus(length).plus(lag(length)));
  }

  boolean isAnswered(Instant now, Duration length) {
    return greeted && now.isBefore(report.reportedAt().plus(length));
  }

  Lease writtenAt(Instant at) {
    return at.isAfter(writtenAt) ? new Lease(report, at, greeted) : this;
  }

  boolean isYoungerThan(Lease other) {
    return report.reportedAt().isAfter(other.report.reportedAt());
  }

  Lease younger(Lease newer) {
    return isYoungerThan(newer) ? this : newer;
  }
}
