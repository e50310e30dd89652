package org.rekey.keystore;

import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.plan.TokenUsage;

/// What a verifier last said of itself.
///
/// @param caller the name in the certificate that it reported under
/// @param epoch the last one that it has applied: its ack
/// @param keySetHash hex
/// @param usage issuers only
/// @param usageCountedAt when it began to count that; null if it did not
/// @param verdicts how many tokens it has accepted of each kid since it started
/// @param propagation from the newest event's time to its being applied there
public record VerifierReport(
    String caller,
    String name,
    long epoch,
    String keySetHash,
    List<String> algs,
    List<TokenUsage> usage,
    @Nullable Instant usageCountedAt,
    List<Verdicts> verdicts,
    Duration propagation,
    Instant reportedAt) {

  /// Whether both say the same of what is applied and what can be checked.
  boolean standsAs(VerifierReport other) {
    return epoch == other.epoch && keySetHash.equals(other.keySetHash) && algs.equals(other.algs);
  }

  /// Whether it holds other keys than the log says at its epoch.
  boolean isDivergedFrom(KeyHistory history) {
    return !history.isKeySetOf(epoch, HexFormat.of().parseHex(keySetHash));
  }

  /// The other one, unless this came later.
  VerifierReport younger(VerifierReport other) {
    return reportedAt.isAfter(other.reportedAt) ? this : other;
  }

  /// Accepted tokens of one kid.
  public record Verdicts(String ring, long kid, long accepted) {}
}
