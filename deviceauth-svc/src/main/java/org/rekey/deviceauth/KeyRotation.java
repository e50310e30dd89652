package org.rekey.deviceauth;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The last change of its key that a device was ordered to make.
///
/// @param oldAuthSetId whose key is to go, or has gone
/// @param newAuthSetId null: no key has been offered
/// @param changedAt when it came to its state
public record KeyRotation(
    String deviceId,
    State state,
    String oldAuthSetId,
    @Nullable String newAuthSetId,
    Instant orderedAt,
    Instant expiresAt,
    Instant changedAt) {

  /// How far it has come. `docs/device-key-rotation.md` has what leads from one to another.
  public enum State {
    ORDERED,
    OFFERED,
    DONE,
    ROLLED_BACK,
    CONFLICT,
    CANCELLED;

    /// It may still be carried out.
    public boolean isOpen() {
      return this == ORDERED || this == OFFERED;
    }
  }

  public boolean isOpenAt(Instant now) {
    return state.isOpen() && now.isBefore(expiresAt);
  }
}
