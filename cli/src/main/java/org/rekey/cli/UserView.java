package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.rekey.proto.useradm.v1.User;

/// Users as they are shown.
final class UserView {
  private UserView() {}

  static ObjectNode json(User user) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    return json.put("id", user.getId())
        .put("email", user.getEmail())
        .put("created_at", Times.orNull(user.hasCreatedAt(), user.getCreatedAt()))
        .put("updated_at", Times.orNull(user.hasUpdatedAt(), user.getUpdatedAt()))
        .put("login_at", Times.orNull(user.hasLoginAt(), user.getLoginAt()));
  }

  static void print(Console console, User user, boolean isJson) {
    if (isJson) {
      console.json(json(user));
    } else {
      console.line(console.check() + " user " + user.getEmail() + " (" + user.getId() + ")");
    }
  }
}
