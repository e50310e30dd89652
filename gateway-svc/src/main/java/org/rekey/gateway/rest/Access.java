package org.rekey.gateway.rest;

import java.util.Optional;
import org.rekey.gateway.route.Audience;

/// Who may call an operation.
enum Access {
  /// Anyone.
  NONE,
  /// Whoever has a good and live user token.
  USER,
  /// Programs with an id and a secret of their own, for which the handler asks.
  CLIENT,
  /// On the internal port only: callers that the port lets in.
  INTERNAL,
  /// On the internal port only, and with a user token that is to be judged.
  INTERNAL_USER,
  /// On the internal port only, and with a device token that is to be judged.
  INTERNAL_DEVICE;

  boolean isInternal() {
    return switch (this) {
      case INTERNAL, INTERNAL_USER, INTERNAL_DEVICE -> true;
      case NONE, USER, CLIENT -> false;
    };
  }

  /// Whose token is needed; empty for none.
  Optional<Audience> token() {
    return switch (this) {
      case USER, INTERNAL_USER -> Optional.of(Audience.USERS);
      case INTERNAL_DEVICE -> Optional.of(Audience.DEVICES);
      case NONE, CLIENT, INTERNAL -> Optional.empty();
    };
  }
}
