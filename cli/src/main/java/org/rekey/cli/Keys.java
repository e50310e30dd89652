package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyState;

/// Keys as they are shown.
final class Keys {
  private Keys() {}

  /// `KEY_STATE_VERIFY_ONLY` is written `VERIFY_ONLY`.
  static String state(KeyState state) {
    return state.name().replaceFirst("^KEY_STATE_", "");
  }

  static String coloured(Console console, KeyState state) {
    String text = state(state);
    return switch (state) {
      case KEY_STATE_ACTIVE -> console.green(text);
      case KEY_STATE_RETIRED -> console.dim(text);
      case KEY_STATE_COMPROMISED -> console.red(text);
      default -> text;
    };
  }

  static String one(Console console, Key key) {
    return "%s %s of %s: %s, %s, %s"
        .formatted(
            console.check(),
            Long.toUnsignedString(key.getKid()),
            key.getRing(),
            coloured(console, key.getState()),
            key.getAlg(),
            key.getThumbprint());
  }

  static ObjectNode json(Key key) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("ring", key.getRing())
        .put("kid", key.getKid())
        .put("state", state(key.getState()))
        .put("alg", key.getAlg())
        .put("thumbprint", key.getThumbprint())
        .put("file", key.getFile().isEmpty() ? null : key.getFile())
        .put("configured", key.getConfigured())
        .put("epoch", key.getEpoch());
    json.put("added_at", Times.orNull(key.hasAddedAt(), key.getAddedAt()));
    json.put("activated_at", Times.orNull(key.hasActivatedAt(), key.getActivatedAt()));
    return json.put("withdrawn_at", Times.orNull(key.hasWithdrawnAt(), key.getWithdrawnAt()));
  }
}
