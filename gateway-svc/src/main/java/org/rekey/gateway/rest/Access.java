package org.rekey.gateway.rest;

/// Who may call an operation.
enum Access {
  /// Anyone.
  NONE,
  /// Whoever has a good and live user token.
  USER,
  /// On the internal port only: callers that the port lets in.
  INTERNAL,
  /// On the internal port only, and with a user token that is to be judged.
  INTERNAL_USER;

  boolean isInternal() {
    return this == INTERNAL || this == INTERNAL_USER;
  }

  boolean needsUser() {
    return this == USER || this == INTERNAL_USER;
  }
}
