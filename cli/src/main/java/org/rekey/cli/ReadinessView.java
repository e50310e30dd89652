package org.rekey.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rekey.proto.keystore.v1.GetReadinessResponse;
import org.rekey.proto.keystore.v1.VerifierReadiness;

/// Who has acked a key and who has not, as it is shown.
record ReadinessView(GetReadinessResponse readiness) {

  boolean isComplete() {
    return !readiness.hasKnowsAllAt()
        && !readiness.hasMinAnnounced()
        && readiness.getVerifiersList().stream().allMatch(VerifierReadiness::getReady);
  }

  /// Those that have not.
  List<VerifierReadiness> missing() {
    return readiness.getVerifiersList().stream().filter(each -> !each.getReady()).toList();
  }

  /// A table, a line for each verifier, and what else there is to wait for.
  List<String> lines(Console console, KeyId key, Instant now, Duration left) {
    List<String> lines = new ArrayList<>();
    int ready = readiness.getVerifiersCount() - missing().size();
    lines.add(
        "%s: acked by %d of %d verifiers%s"
            .formatted(
                key,
                ready,
                readiness.getVerifiersCount(),
                isComplete() ? "" : ", waiting for at most " + Times.span(left)));
    if (readiness.getVerifiersCount() > 0) {
      Table table = new Table("VERIFIER", "EPOCH", "READY", "SILENT FOR");
      readiness
          .getVerifiersList()
          .forEach(
              each ->
                  table.row(
                      Plain.text(each.getName()),
                      each.getEpoch() + " / " + readiness.getAnnouncedEpoch(),
                      each.getReady() ? console.check() : console.red(Plain.text(each.getWhy())),
                      Times.span(Times.duration(each.getSilentFor()))));
      table.lines(console).forEach(line -> lines.add("  " + line));
    }
    if (readiness.hasKnowsAllAt()) {
      lines.add("  " + started(now));
    }
    if (readiness.hasMinAnnounced()) {
      lines.add("  " + published());
    }
    return lines;
  }

  /// What is other than it was, a line each.
  ///
  /// @param before the first time: one without verifiers
  List<String> changes(ReadinessView before, Instant now) {
    List<String> lines = new ArrayList<>();
    Map<String, VerifierReadiness> known = byName(before);
    Map<String, VerifierReadiness> current = byName(this);
    current.forEach(
        (name, each) -> {
          VerifierReadiness was = known.get(name);
          if (was == null
              || was.getReady() != each.getReady()
              || !was.getWhy().equals(each.getWhy())) {
            lines.add(name + ": " + (each.getReady() ? "ready" : Plain.line(each.getWhy())));
          }
        });
    known.keySet().stream()
        .filter(name -> !current.containsKey(name))
        .forEach(name -> lines.add(name + ": its lease has run out, nobody waits for it any more"));
    if (readiness.hasKnowsAllAt() && !before.readiness.hasKnowsAllAt()) {
      lines.add(started(now));
    }
    if (readiness.hasMinAnnounced() && !before.readiness.hasMinAnnounced()) {
      lines.add(published());
    }
    return lines;
  }

  private static Map<String, VerifierReadiness> byName(ReadinessView view) {
    Map<String, VerifierReadiness> byName = new TreeMap<>();
    view.readiness.getVerifiersList().forEach(each -> byName.put(Plain.line(each.getName()), each));
    return new LinkedHashMap<>(byName);
  }

  private String started(Instant now) {
    Duration left = Duration.between(now, Times.instant(readiness.getKnowsAllAt()));
    return "the keystore has just started, and knows all verifiers "
        + (left.isNegative() ? "in a moment" : "in " + Times.span(left));
  }

  private String published() {
    return "published for %s of %s, so that verifiers elsewhere fetch it before it signs"
        .formatted(
            Times.span(Times.duration(readiness.getPublishedFor())),
            Times.span(Times.duration(readiness.getMinAnnounced())));
  }

  /// Why a key does not sign, and what can be done about it.
  ///
  /// @param command how to try again, as it is typed
  String refusal(KeyId key, Duration waited, Instant now, String command) {
    List<String> lines = new ArrayList<>();
    if (missing().isEmpty()) {
      lines.add("%s does not sign yet, after %s".formatted(key, Times.span(waited)));
    } else {
      lines.add(
          "%s does not sign yet: %d of %d verifiers %s not acked it within %s"
              .formatted(
                  key,
                  missing().size(),
                  readiness.getVerifiersCount(),
                  missing().size() == 1 ? "has" : "have",
                  Times.span(waited)));
    }
    missing()
        .forEach(
            each ->
                lines.add(
                    "  %s: %s, silent for %s"
                        .formatted(
                            Plain.line(each.getName()),
                            Plain.line(each.getWhy()),
                            Times.span(Times.duration(each.getSilentFor())))));
    if (readiness.hasKnowsAllAt()) {
      lines.add("  " + started(now));
    }
    if (readiness.hasMinAnnounced()) {
      lines.add("  " + published());
    }
    if (missing().isEmpty()) {
      lines.add("Wait, and go on with");
    } else {
      lines.add(
          "Heal or stop those processes (nobody waits for them once their lease has run out), and");
      lines.add("go on with");
    }
    lines.add("  " + command);
    lines.add("or go on without them, though they refuse good tokens until they have caught up:");
    lines.add("  " + command + " --override --reason \"…\"");
    return String.join("\n", lines);
  }
}
