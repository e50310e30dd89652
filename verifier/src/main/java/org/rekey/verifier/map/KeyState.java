package org.rekey.verifier.map;

/// The life of a key.
public enum KeyState {
  /// Published; verifies, does not sign yet.
  ANNOUNCED,
  /// Signs and verifies. At most one in a ring.
  ACTIVE,
  /// Signed once; still verifies.
  VERIFY_ONLY,
  /// Trusted no more.
  RETIRED,
  /// Distrusted for ever.
  COMPROMISED;

  /// Whether tokens of such a key may be good.
  public boolean verifies() {
    return switch (this) {
      case ANNOUNCED, ACTIVE, VERIFY_ONLY -> true;
      case RETIRED, COMPROMISED -> false;
    };
  }

  public org.rekey.proto.keystore.v1.KeyState toProto() {
    return switch (this) {
      case ANNOUNCED -> org.rekey.proto.keystore.v1.KeyState.KEY_STATE_ANNOUNCED;
      case ACTIVE -> org.rekey.proto.keystore.v1.KeyState.KEY_STATE_ACTIVE;
      case VERIFY_ONLY -> org.rekey.proto.keystore.v1.KeyState.KEY_STATE_VERIFY_ONLY;
      case RETIRED -> org.rekey.proto.keystore.v1.KeyState.KEY_STATE_RETIRED;
      case COMPROMISED -> org.rekey.proto.keystore.v1.KeyState.KEY_STATE_COMPROMISED;
    };
  }
}
