package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.PlanRetirementResponse;

/// What hangs on a key and what is in the way of its end, as it is shown.
record RetirementView(KeyId key, PlanRetirementResponse plan) {

  /// It is trusted and does not sign: it may be retired once nothing hangs on it.
  boolean isIdle() {
    return switch (plan.getState()) {
      case KEY_STATE_ANNOUNCED, KEY_STATE_VERIFY_ONLY -> true;
      case KEY_STATE_ACTIVE,
          KEY_STATE_RETIRED,
          KEY_STATE_COMPROMISED,
          KEY_STATE_UNSPECIFIED,
          UNRECOGNIZED ->
          false;
    };
  }

  /// What it says without the names of those who hold tokens.
  List<String> lines(Console console) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %s%s"
            .formatted(
                key, Keys.coloured(console, plan.getState()), plan.getHeld() ? ", held" : ""));
    if (plan.hasCountedAt()) {
      counted(lines);
    } else {
      lines.add("  nobody has counted what hangs on it");
    }
    lines.add("  safe from               " + safeFrom());
    if (plan.getObstaclesCount() > 0) {
      lines.add("In the way:");
      plan.getObstaclesList().forEach(line -> lines.add("  - " + Plain.line(line)));
    }
    return lines;
  }

  private void counted(List<String> lines) {
    KeyUsage usage = plan.getUsage();
    lines.add("  live sessions           " + usage.getSessions());
    lines.add("  personal access tokens  " + usage.getPersonalAccessTokens());
    lines.add("  device tokens           " + usage.getDeviceTokens());
    if (usage.getAnyKid()) {
      lines.add("                          (with imported ones whose kid nobody knows yet)");
    }
    lines.add("  owners                  " + usage.getOwners());
    lines.add("  last expiry             " + lastExpiry(usage));
    lines.add(
        "  counted at              "
            + Times.toTheSecond(plan.getCountedAt())
            + (plan.getFresh() ? "" : " (nobody has counted anew)"));
  }

  private static String lastExpiry(KeyUsage usage) {
    if (usage.getNeverExpires()) {
      return "never";
    }
    return Times.orWord(usage.hasLastExpiry(), usage.getLastExpiry(), "-");
  }

  private String safeFrom() {
    if (plan.getSafe()) {
      return "now";
    }
    return Times.orWord(plan.hasSafeFrom(), plan.getSafeFrom(), "no date can be given");
  }

  /// All but the owners, which come last.
  ObjectNode json() {
    KeyUsage usage = plan.getUsage();
    boolean isCounted = plan.hasCountedAt();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("ring", key.ring()).put("kid", key.kid()).put("state", Keys.state(plan.getState()));
    json.set("live", isCounted ? UsageView.of(usage).json() : null);
    json.put("last_expiry", Times.orNull(usage.hasLastExpiry(), usage.getLastExpiry()))
        .put("never_expires", usage.getNeverExpires())
        .put("safe_from", safeFromOrNull())
        .put("safe", plan.getSafe())
        .put("held", plan.getHeld())
        .put("counted_at", Times.orNull(isCounted, plan.getCountedAt()))
        .put("fresh", plan.getFresh());
    plan.getObstaclesList().forEach(json.putArray("obstacles")::add);
    return json;
  }

  private @Nullable String safeFromOrNull() {
    return Times.orNull(plan.hasSafeFrom(), plan.getSafeFrom());
  }
}
