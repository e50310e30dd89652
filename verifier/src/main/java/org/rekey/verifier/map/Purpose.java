package org.rekey.verifier.map;

import java.util.Optional;

/// What the keys of a ring may sign. The ring's name decides it, so that no event can turn a device
/// key into one for users.
public enum Purpose {
  USER,
  DEVICE,
  ARTIFACT;

  /// Empty for a name that is no ring.
  public static Optional<Purpose> ofRing(String ring) {
    return switch (ring) {
      case "useradm" -> Optional.of(USER);
      case "deviceauth" -> Optional.of(DEVICE);
      case "artifact" -> Optional.of(ARTIFACT);
      default -> Optional.empty();
    };
  }

  public org.rekey.proto.keystore.v1.Purpose toProto() {
    return switch (this) {
      case USER -> org.rekey.proto.keystore.v1.Purpose.PURPOSE_USER;
      case DEVICE -> org.rekey.proto.keystore.v1.Purpose.PURPOSE_DEVICE;
      case ARTIFACT -> org.rekey.proto.keystore.v1.Purpose.PURPOSE_ARTIFACT;
    };
  }
}
