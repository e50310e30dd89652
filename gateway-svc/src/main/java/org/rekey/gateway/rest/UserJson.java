package org.rekey.gateway.rest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.rekey.proto.useradm.v1.User;

/// A user as clients see one.
final class UserJson {
  private UserJson() {}

  static String of(User user) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", user.getId());
    json.put("email", user.getEmail());
    json.put("created_ts", Times.text(user.getCreatedAt()));
    json.put("updated_ts", Times.text(user.getUpdatedAt()));
    if (user.hasLoginAt()) {
      json.put("login_ts", Times.text(user.getLoginAt()));
    }
    return json.toString();
  }
}
