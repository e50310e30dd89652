package org.rekey.keystore.key;

/// A private key that is not in this process cannot be reached now. It may be again in a moment.
public final class KeyUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  /// @param why a line that names the token, and no secret
  public KeyUnavailableException(String why) {
    super(why);
  }

  public String why() {
    return String.valueOf(getMessage());
  }
}
