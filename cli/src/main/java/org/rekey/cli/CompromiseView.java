package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.rekey.proto.keystore.v1.CompromiseKeyResponse;
import org.rekey.proto.keystore.v1.Distrust;

/// The end of trust in a key, verifier by verifier, as it is shown.
record CompromiseView(KeyId key, CompromiseKeyResponse done) {

  /// Whether no verifier that anybody knows of may still accept its tokens.
  boolean isOver() {
    return done.hasUntilLast();
  }

  /// Those that may.
  List<String> deaf() {
    return done.getVerifiersList().stream()
        .filter(each -> !each.hasAfter())
        .map(each -> Plain.line(each.getName()))
        .toList();
  }

  List<String> lines(Console console) {
    List<String> lines = new ArrayList<>();
    lines.add(Keys.one(console, done.getKey()));
    lines.add(
        done.hasSuccessor()
            ? Keys.one(console, done.getSuccessor()) + ", signs from now on"
            : "  it did not sign: the ring's key that signs stays");
    if (done.getVerifiersCount() > 0) {
      Table table = new Table("VERIFIER", "CALLER", "REFUSES IT AFTER");
      done.getVerifiersList()
          .forEach(
              each ->
                  table.row(
                      Plain.text(each.getName()),
                      Plain.text(each.getCaller()),
                      each.hasAfter() ? after(each) : console.red(notYet(each))));
      table.lines(console).forEach(line -> lines.add("  " + line));
    }
    if (done.hasUntilLast()) {
      lines.add(
          "Distrusted %s %s after the command."
              .formatted(
                  done.getSilentCount() == 0 ? "everywhere" : "by every live verifier",
                  Times.span(Times.duration(done.getUntilLast()))));
    }
    if (done.getSilentCount() > 0) {
      lines.add("Not heard any more. If such a process still runs, it may accept the key:");
      done.getSilentList()
          .forEach(
              each ->
                  lines.add(
                      "  %s, last heard at %s"
                          .formatted(
                              Plain.line(each.getName()),
                              Times.toTheSecond(each.getReportedAt()))));
    }
    if (done.hasImpact()) {
      lines.add(
          "Ended with it, as counted at %s: %s."
              .formatted(
                  Times.toTheSecond(done.getImpact().getCountedAt()),
                  UsageView.of(done.getImpact()).text()));
    }
    return lines;
  }

  private static String notYet(Distrust each) {
    return each.getWhy().isEmpty() ? "not yet" : "not yet: " + Plain.text(each.getWhy());
  }

  private static String after(Distrust each) {
    return Times.span(Times.duration(each.getAfter()));
  }

  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (!deaf().isEmpty()) {
      warnings.add(
          ("%s still may be accepted by %s: no ack of its end. Stop %s, or cut %s off; once it is"
                  + " heard again, `rekey keys verifiers` shows that it has caught up")
              .formatted(
                  key,
                  String.join(", ", deaf()),
                  deaf().size() == 1 ? "that process" : "those processes",
                  deaf().size() == 1 ? "it" : "them"));
    }
    if (done.hasKnowsAllAt()) {
      warnings.add(
          ("the keystore, just started or just without its database, cannot know all verifiers before"
                  + " %s: others may still accept %s; `rekey keys verifiers` shows them then")
              .formatted(Times.toTheSecond(done.getKnowsAllAt()), key));
    }
    if (done.getOverriddenCount() > 0) {
      warnings.add(
          "the successor signs although these had not acked it, and may refuse its tokens: "
              + Plain.line(String.join(", ", done.getOverriddenList())));
    }
    return warnings;
  }

  /// All but the owners, which come last.
  ObjectNode json() {
    ObjectNode json = Keys.json(done.getKey());
    json.set("successor", done.hasSuccessor() ? Keys.json(done.getSuccessor()) : null);
    json.put(
        "until_last_ms",
        done.hasUntilLast() ? Times.duration(done.getUntilLast()).toMillis() : null);
    ArrayNode verifiers = json.putArray("verifiers");
    done.getVerifiersList()
        .forEach(
            each ->
                verifiers
                    .addObject()
                    .put("name", each.getName())
                    .put("caller", each.getCaller())
                    .put(
                        "after_ms",
                        each.hasAfter() ? Times.duration(each.getAfter()).toMillis() : null)
                    .put("why", each.getWhy()));
    json.put("knows_all_at", Times.orNull(done.hasKnowsAllAt(), done.getKnowsAllAt()));
    ArrayNode silent = json.putArray("silent");
    done.getSilentList()
        .forEach(
            each ->
                silent
                    .addObject()
                    .put("name", each.getName())
                    .put("caller", each.getCaller())
                    .put("reported_at", Times.exact(each.getReportedAt())));
    done.getOverriddenList().forEach(json.putArray("overridden")::add);
    json.set(
        "impact",
        done.hasImpact()
            ? UsageView.of(done.getImpact()).json().put("owners", done.getImpact().getOwners())
            : null);
    return json;
  }
}
