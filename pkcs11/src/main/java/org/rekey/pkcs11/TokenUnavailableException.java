package org.rekey.pkcs11;

/// A token cannot be reached now. It may be again in a moment.
public final class TokenUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  /// @param why a line that names the token, and no secret
  TokenUnavailableException(String why) {
    super(why);
  }

  public String why() {
    return String.valueOf(getMessage());
  }
}
