package org.rekey.pkcs11;

/// What a token says of itself (CK_TOKEN_INFO).
record TokenInfo(String label, String manufacturer, String model, String serial, long flags) {
  private static final long LOGIN_REQUIRED = 0x4;
  private static final long TOKEN_INITIALIZED = 0x400;
  private static final long USER_PIN_FINAL_TRY = 0x20000;
  private static final long USER_PIN_LOCKED = 0x40000;

  boolean needsLogin() {
    return (flags & LOGIN_REQUIRED) != 0;
  }

  boolean isInitialized() {
    return (flags & TOKEN_INITIALIZED) != 0;
  }

  /// One more wrong PIN locks it.
  boolean isAtItsLastTry() {
    return (flags & USER_PIN_FINAL_TRY) != 0;
  }

  boolean isLocked() {
    return (flags & USER_PIN_LOCKED) != 0;
  }
}
