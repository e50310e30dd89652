package org.rekey.keystore.log;

/// The log cannot be lengthened: it would become a second history.
public final class RolledBackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RolledBackException(String message) {
    super(message);
  }
}
