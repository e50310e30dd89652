package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.rekey.proto.auth.v1.Holder;

/// Somebody who has live tokens on a key, as JSON.
final class HolderView {
  private HolderView() {}

  static ObjectNode json(Holder holder) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", holder.getId())
        .put("name", holder.getName().isEmpty() ? null : holder.getName())
        .put("sessions", holder.getSessions())
        .put("device_tokens", holder.getDeviceTokens());
    ArrayNode tokens = json.putArray("personal_access_tokens");
    holder.getPersonalAccessTokensList().forEach(token -> tokens.add(json(token)));
    return json.put("last_expiry", Times.orNull(holder.hasLastExpiry(), holder.getLastExpiry()));
  }

  private static ObjectNode json(Holder.NamedToken token) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", token.getId())
        .put("name", token.getName())
        .put("expires_at", Times.orNull(token.hasExpiresAt(), token.getExpiresAt()))
        .put("last_used_at", Times.orNull(token.hasLastUsedAt(), token.getLastUsedAt()));
  }
}
