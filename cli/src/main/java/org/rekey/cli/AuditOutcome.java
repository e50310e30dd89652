package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import org.rekey.verifier.evidence.AuditReport;
import org.rekey.verifier.evidence.AuditReport.Standing;
import org.rekey.verifier.evidence.Verdict;

/// What an audit has found, as it is told.
record AuditOutcome(AuditReport report) {

  int exitCode() {
    return switch (report.verdict()) {
      case WHOLE -> 0;
      case CHANGED -> 3;
      case CUT -> 4;
      case FORKED -> 5;
      case ILLEGAL -> 6;
    };
  }

  void print(Console console) {
    report
        .findings()
        .forEach(found -> console.line(console.cross() + " " + Plain.line(found.toString())));
    if (report.illegal() > 1) {
      console.line("  and %d more events that no verifier obeys".formatted(report.illegal() - 1));
    }
    report
        .checkpoints()
        .forEach(
            standing ->
                console.line(
                    "%s %s, epoch %d: %s"
                        .formatted(
                            standing.bearing() == AuditReport.Bearing.HOLDS
                                ? console.check()
                                : console.cross(),
                            Plain.line(standing.name()),
                            standing.epoch(),
                            text(standing))));
    String sign = report.verdict() == Verdict.WHOLE ? console.check() : console.yellow("!");
    console.line("%s whole up to epoch %d%s".formatted(sign, report.epoch(), caveat()));
    console.line("  head " + head());
  }

  /// A log whose end was taken away before its newest checkpoint looks as if it ended there.
  private String caveat() {
    boolean isEndProven =
        report.checkpoints().stream().anyMatch(standing -> standing.epoch() >= report.epoch());
    return isEndProven
        ? ""
        : "; a checkpoint later than %d would show a cut".formatted(report.epoch());
  }

  private static String text(Standing standing) {
    return switch (standing.bearing()) {
      case HOLDS -> "the log extends it";
      case CUT -> "the log ends before it";
      case FORKED -> "the log has another event there";
      case NOT_REACHED -> "not reached";
    };
  }

  private String head() {
    return Base64.getEncoder().encodeToString(report.head().toByteArray());
  }

  ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("verdict", report.verdict().name())
        .put("whole_up_to", report.epoch())
        .put("head", head())
        .put("illegal", report.illegal());
    ArrayNode findings = json.putArray("findings");
    report
        .findings()
        .forEach(
            found ->
                findings
                    .addObject()
                    .put("rule", found.rule().toString())
                    .put("line", found.line() == 0 ? null : found.line())
                    .put("epoch", found.epoch())
                    .put("text", found.text()));
    ArrayNode checkpoints = json.putArray("checkpoints");
    report
        .checkpoints()
        .forEach(
            standing ->
                checkpoints
                    .addObject()
                    .put("file", standing.name())
                    .put("epoch", standing.epoch())
                    .put("bearing", standing.bearing().name()));
    return json;
  }
}
