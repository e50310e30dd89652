package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyState;

/// Keys as they are shown.
final class Keys {
  private Keys() {}

  /// `KEY_STATE_VERIFY_ONLY` is written `VERIFY_ONLY`.
  static String state(KeyState state) {
    return state.name().replaceFirst("^KEY_STATE_", "");
  }

  static KeyId id(Key key) {
    return new KeyId(key.getRing(), key.getKid());
  }

  /// The one that signs, of the keys of one ring.
  static Optional<Key> signing(List<Key> keys) {
    return keys.stream().filter(key -> key.getState() == KeyState.KEY_STATE_ACTIVE).findFirst();
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
    return "%s %s: %s%s, %s, %s"
        .formatted(
            console.check(),
            id(key),
            coloured(console, key.getState()),
            key.getHeld() ? " (held)" : "",
            key.getAlg(),
            key.getThumbprint());
  }

  static void print(Console console, Key key, boolean isJson) {
    if (isJson) {
      console.json(json(key));
    } else {
      console.line(one(console, key));
    }
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
        .put("epoch", key.getEpoch())
        .put("held", key.getHeld())
        .put("retires_when_safe", key.getRetiresWhenSafe())
        .put("store", key.getStore().isEmpty() ? null : key.getStore());
    json.put("added_at", Times.orNull(key.hasAddedAt(), key.getAddedAt()));
    json.put("activated_at", Times.orNull(key.hasActivatedAt(), key.getActivatedAt()));
    return json.put("withdrawn_at", Times.orNull(key.hasWithdrawnAt(), key.getWithdrawnAt()));
  }
}
