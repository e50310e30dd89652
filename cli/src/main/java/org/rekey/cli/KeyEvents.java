package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import org.rekey.proto.keystore.v1.Impact;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyRetired;

/// Events of the key log as they are shown.
final class KeyEvents {
  private static final int SHOWN_DIGITS = 12;

  private KeyEvents() {}

  /// What happened, in a few words.
  static String text(KeyEvent event) {
    return (type(event) + " " + details(event)).strip();
  }

  /// Everything on one line: when, what, who, from where, why.
  static String line(KeyEvent event) {
    StringBuilder line = new StringBuilder();
    line.append(event.getEpoch())
        .append("  ")
        .append(Times.exact(event.getAt()))
        .append("  ")
        .append(Plain.line(event.getRing()))
        .append('/')
        .append(Long.toUnsignedString(event.getKid()))
        .append("  ")
        .append(text(event))
        .append("  by ")
        .append(Plain.line(event.getActor()));
    if (!event.getOrigin().isEmpty()) {
      line.append(" from ").append(Plain.line(event.getOrigin()));
    }
    if (!event.getReason().isEmpty()) {
      line.append(": ").append(Plain.line(event.getReason()));
    }
    return line.toString();
  }

  /// SHA-256 of the manifest that was signed.
  static String manifest(KeyEvent event) {
    return HexFormat.of().formatHex(event.getManifestSigned().getManifestSha256().toByteArray());
  }

  private static String type(KeyEvent event) {
    return event.getChangeCase().name();
  }

  private static String details(KeyEvent event) {
    return switch (event.getChangeCase()) {
      case KEY_ADDED -> Plain.line(event.getKeyAdded().getAlg());
      case KEY_ACTIVATED ->
          (event.getKeyActivated().hasReplacedKid()
                  ? "for " + Long.toUnsignedString(event.getKeyActivated().getReplacedKid())
                  : "")
              + (event.getKeyActivated().getOverriddenCount() == 0
                  ? ""
                  : " without "
                      + Plain.line(String.join(", ", event.getKeyActivated().getOverriddenList())));
      case KEY_RETIRED -> cause(event.getKeyRetired());
      case MANIFEST_SIGNED ->
          (Plain.text(event.getManifestSigned().getArtifact())
                  + " "
                  + manifest(event).substring(0, SHOWN_DIGITS)
                  + "…")
              .strip();
      case KEY_COMPROMISED, KEY_HELD, KEY_RELEASED, CHANGE_NOT_SET -> "";
    };
  }

  private static String cause(KeyRetired retired) {
    return switch (retired.getCause()) {
      case CAUSE_COMMAND -> retired.getForced() ? "(forced)" : "(command)";
      case CAUSE_FILE_REMOVED -> "(file removed)";
      case CAUSE_UNSPECIFIED, UNRECOGNIZED -> "";
    };
  }

  static ObjectNode json(KeyEvent event) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("epoch", event.getEpoch())
        .put("at", Times.exact(event.getAt()))
        .put("ring", event.getRing())
        .put("kid", event.getKid())
        .put("event", type(event))
        .put("actor", event.getActor())
        .put("origin", event.getOrigin())
        .put("reason", event.getReason());
    switch (event.getChangeCase()) {
      case KEY_ADDED ->
          json.put("alg", event.getKeyAdded().getAlg())
              .put("thumbprint", event.getKeyAdded().getThumbprint());
      case KEY_ACTIVATED -> {
        if (event.getKeyActivated().hasReplacedKid()) {
          json.put("replaced_kid", event.getKeyActivated().getReplacedKid());
        }
        event.getKeyActivated().getOverriddenList().forEach(json.putArray("overridden")::add);
      }
      case KEY_RETIRED -> {
        KeyRetired retired = event.getKeyRetired();
        json.put("cause", retired.getCause().name().replaceFirst("^CAUSE_", ""))
            .put("forced", retired.getForced());
        if (retired.hasSuccessorKid()) {
          json.put("successor_kid", retired.getSuccessorKid());
        }
        if (retired.hasImpact()) {
          json.set("impact", json(retired.getImpact()));
        }
      }
      case KEY_COMPROMISED -> {
        if (event.getKeyCompromised().hasSuccessorKid()) {
          json.put("successor_kid", event.getKeyCompromised().getSuccessorKid());
        }
        if (event.getKeyCompromised().hasImpact()) {
          json.set("impact", json(event.getKeyCompromised().getImpact()));
        }
      }
      case MANIFEST_SIGNED ->
          json.put("manifest_sha256", manifest(event))
              .put("artifact", event.getManifestSigned().getArtifact());
      case KEY_HELD, KEY_RELEASED, CHANGE_NOT_SET -> {}
    }
    return json;
  }

  private static ObjectNode json(Impact impact) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("sessions", impact.getSessions())
        .put("personal_access_tokens", impact.getPersonalAccessTokens())
        .put("device_tokens", impact.getDeviceTokens())
        .put("owners", impact.getOwners())
        .put("counted_at", Times.orNull(impact.hasCountedAt(), impact.getCountedAt()));
  }
}
