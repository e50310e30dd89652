package org.rekey.verifier.evidence;

import com.google.protobuf.ByteString;
import java.util.Comparator;
import java.util.List;

/// What an audit has found.
///
/// @param epoch every event up to this one is genuine and in its place
/// @param head the hash of that event
/// @param illegal how many events no verifier obeys; only the first is among the findings
/// @param findings in the order in which they came; empty when the log is whole
/// @param checkpoints in the order of their epochs
public record AuditReport(
    long epoch, ByteString head, long illegal, List<Finding> findings, List<Standing> checkpoints) {
  public AuditReport {
    findings = List.copyOf(findings);
    checkpoints = List.copyOf(checkpoints);
  }

  /// The gravest finding decides.
  public Verdict verdict() {
    return findings.stream()
        .map(finding -> finding.rule().verdict())
        .max(Comparator.naturalOrder())
        .orElse(Verdict.WHOLE);
  }

  /// What became of one checkpoint.
  ///
  /// @param name what its owner calls it
  public record Standing(String name, long epoch, Bearing bearing) {}

  /// What a log says to a checkpoint.
  public enum Bearing {
    /// The log extends it.
    HOLDS,
    /// The log ends before it.
    CUT,
    /// The log has another event there.
    FORKED,
    /// Something was wrong before it.
    NOT_REACHED
  }
}
