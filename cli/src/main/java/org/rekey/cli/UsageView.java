package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.rekey.proto.keystore.v1.Impact;
import org.rekey.proto.keystore.v1.KeyUsage;

/// How many live tokens hang on a key, or ended with it.
record UsageView(long sessions, long personalAccessTokens, long deviceTokens, long owners) {

  static UsageView of(KeyUsage usage) {
    return new UsageView(
        usage.getSessions(),
        usage.getPersonalAccessTokens(),
        usage.getDeviceTokens(),
        usage.getOwners());
  }

  static UsageView of(Impact impact) {
    return new UsageView(
        impact.getSessions(),
        impact.getPersonalAccessTokens(),
        impact.getDeviceTokens(),
        impact.getOwners());
  }

  long tokens() {
    return sessions + personalAccessTokens + deviceTokens;
  }

  /// `2 sessions and 1 personal access token of 2 owners`, or `no token`.
  String text() {
    List<String> parts = new ArrayList<>();
    add(parts, sessions, "session");
    add(parts, personalAccessTokens, "personal access token");
    add(parts, deviceTokens, "device token");
    if (parts.isEmpty()) {
      return "no token";
    }
    return String.join(" and ", parts) + " of " + counted(owners, "owner");
  }

  private static void add(List<String> parts, long count, String what) {
    if (count > 0) {
      parts.add(counted(count, what));
    }
  }

  static String counted(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  ObjectNode json() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("sessions", sessions)
        .put("personal_access_tokens", personalAccessTokens)
        .put("device_tokens", deviceTokens);
  }
}
