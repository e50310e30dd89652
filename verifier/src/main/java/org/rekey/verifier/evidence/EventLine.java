package org.rekey.verifier.evidence;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.ProtocolMessageEnum;
import com.google.protobuf.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.Impact;
import org.rekey.proto.keystore.v1.KeyActivated;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyCompromised;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.proto.keystore.v1.SignedKeyEvent;

/// One event as one line of an exported log: a JSON object with the exact bytes, the signature, and
/// what the bytes say for human eyes (`docs/key-log.md`).
///
/// There is one way to write an event, so a line is checked by writing it again: whatever differs
/// was changed. What version 1 says is fixed for ever; an event that gains a field is still written
/// without it, and the bytes have it.
public final class EventLine {
  /// Longer than any line that an export writes.
  static final int MAX_BYTES = 1 << 19;

  private static final String VERSION = "1";

  private EventLine() {}

  /// @throws IllegalArgumentException for bytes that version 1 cannot write
  public static String write(SignedKeyEvent signed) {
    KeyEvent event;
    try {
      event = KeyEvent.parseFrom(signed.getEvent());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("event: not a KeyEvent", e);
    }
    var line =
        new JsonLine()
            .put("v", Long.parseLong(VERSION))
            .put("epoch", event.getEpoch())
            .put("at", time(event.getAt()))
            .put("ring", event.getRing())
            .put("kid", event.getKid())
            .put("event", event.getChangeCase().name())
            .put("actor", event.getActor())
            .put("origin", event.getOrigin())
            .put("reason", event.getReason());
    switch (event.getChangeCase()) {
      case KEY_ADDED -> put(line, event.getKeyAdded());
      case KEY_ACTIVATED -> put(line, event.getKeyActivated());
      case KEY_RETIRED -> put(line, event.getKeyRetired());
      case KEY_COMPROMISED -> put(line, event.getKeyCompromised());
      case KEY_HELD, KEY_RELEASED -> {}
      case MANIFEST_SIGNED ->
          line.put(
                  "manifest_sha256",
                  HexFormat.of()
                      .formatHex(event.getManifestSigned().getManifestSha256().toByteArray()))
              .put("artifact", event.getManifestSigned().getArtifact());
      case CHANGE_NOT_SET -> throw unknown("change");
    }
    return line.put("previous_hash", base64(event.getPreviousHash()))
        .put("log_key", signed.getLogKeyThumbprint())
        .put("signature", base64(signed.getSignature()))
        .put("bytes", base64(signed.getEvent()))
        .toString();
  }

  private static void put(JsonLine line, KeyAdded added) {
    line.put("alg", added.getAlg())
        .put("thumbprint", added.getThumbprint())
        .put("issuer", added.getIssuer())
        .put("purpose", name(added.getPurpose(), "PURPOSE_"))
        .put("public_key", base64(added.getPublicKey()));
  }

  private static void put(JsonLine line, KeyActivated activated) {
    if (activated.hasReplacedKid()) {
      line.put("replaced_kid", activated.getReplacedKid());
    }
    line.put("overridden", activated.getOverriddenList());
  }

  private static void put(JsonLine line, KeyRetired retired) {
    line.put("cause", name(retired.getCause(), "CAUSE_")).put("forced", retired.getForced());
    if (retired.hasSuccessorKid()) {
      line.put("successor_kid", retired.getSuccessorKid());
    }
    if (retired.hasImpact()) {
      line.put("impact", impact(retired.getImpact()));
    }
  }

  private static void put(JsonLine line, KeyCompromised compromised) {
    if (compromised.hasSuccessorKid()) {
      line.put("successor_kid", compromised.getSuccessorKid());
    }
    if (compromised.hasImpact()) {
      line.put("impact", impact(compromised.getImpact()));
    }
  }

  private static JsonLine impact(Impact impact) {
    var json =
        new JsonLine()
            .put("sessions", impact.getSessions())
            .put("personal_access_tokens", impact.getPersonalAccessTokens())
            .put("device_tokens", impact.getDeviceTokens())
            .put("owners", impact.getOwners());
    return impact.hasCountedAt() ? json.put("counted_at", time(impact.getCountedAt())) : json;
  }

  private static String time(Timestamp at) {
    try {
      return Instant.ofEpochSecond(at.getSeconds(), at.getNanos()).toString();
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException("time: no instant", e);
    }
  }

  private static String name(ProtocolMessageEnum value, String prefix) {
    var name = value.toString();
    if (name.equals("UNRECOGNIZED")) {
      throw unknown(prefix.substring(0, prefix.length() - 1).toLowerCase(Locale.ROOT));
    }
    return name.substring(prefix.length());
  }

  private static IllegalArgumentException unknown(String what) {
    return new IllegalArgumentException(what + ": unknown (expected: a newer version of rekey?)");
  }

  private static String base64(ByteString bytes) {
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  /// Takes the bytes out of a line, and compares the rest with them.
  static Read read(String line) {
    var members = JsonMembers.of(line);
    if (members.isEmpty()) {
      return new Unreadable("not a JSON object on one line");
    }
    var version = members.get().get("v");
    if (version != null && !version.equals(VERSION)) {
      return new Unreadable(
          "v: " + version + " (expected: 1, which is all that this version knows)");
    }
    var event = bytes(members.get().get("bytes"));
    if (event == null) {
      return new Unreadable("bytes: absent or not base64");
    }
    var signature = bytes(members.get().get("signature"));
    if (signature == null) {
      return new Unreadable("signature: absent or not base64");
    }
    var signed =
        SignedKeyEvent.newBuilder()
            .setEvent(event)
            .setSignature(signature)
            .setLogKeyThumbprint(text(members.get().getOrDefault("log_key", "\"\"")))
            .build();
    return new Taken(signed, disagreement(line, members.get(), signed));
  }

  private static Optional<Problem> disagreement(
      String line, Map<String, String> members, SignedKeyEvent signed) {
    String expected;
    try {
      expected = write(signed);
    } catch (IllegalArgumentException e) {
      return Optional.of(new Problem(Rule.EVENT, String.valueOf(e.getMessage())));
    }
    if (line.equals(expected)) {
      return Optional.empty();
    }
    var genuine = JsonMembers.of(expected).orElseThrow();
    for (var member : genuine.entrySet()) {
      var said = members.get(member.getKey());
      if (said == null) {
        return Optional.of(
            new Problem(
                Rule.FIELD, member.getKey() + ": absent (expected: " + member.getValue() + ")"));
      }
      if (!said.equals(member.getValue())) {
        return Optional.of(
            new Problem(
                Rule.FIELD,
                "%s: %s (expected, by the signed bytes: %s)"
                    .formatted(member.getKey(), shortened(said), shortened(member.getValue()))));
      }
    }
    for (var name : members.keySet()) {
      if (!genuine.containsKey(name)) {
        return Optional.of(
            new Problem(Rule.FIELD, shortened(name) + ": not a field of this event"));
      }
    }
    var order = new ArrayList<>(genuine.keySet());
    return Optional.of(
        new Problem(
            Rule.FORMAT,
            new ArrayList<>(members.keySet()).equals(order)
                ? "written in another way (expected: no spaces, and ASCII with lower-case escapes)"
                : "fields in another order (expected: " + String.join(", ", order) + ")"));
  }

  private static String shortened(String text) {
    return text.length() <= 80 ? text : text.substring(0, 79) + "…";
  }

  private static @Nullable ByteString bytes(@Nullable String member) {
    if (member == null || !member.startsWith("\"")) {
      return null;
    }
    try {
      return ByteString.copyFrom(Base64.getDecoder().decode(text(member)));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /// Neither base64 nor a thumbprint has anything to unescape.
  private static String text(String member) {
    return member.startsWith("\"") ? member.substring(1, member.length() - 1) : member;
  }

  /// What a line gave.
  sealed interface Read {}

  /// @param disagreement what else the line says that the bytes do not
  record Taken(SignedKeyEvent signed, Optional<Problem> disagreement) implements Read {}

  record Unreadable(String why) implements Read {}
}
