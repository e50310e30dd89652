package org.rekey.pkcs11;

/// Why a key in a token cannot be used, until somebody mends it.
public final class UnusableTokenKeyException extends Exception {
  private static final long serialVersionUID = 1L;

  /// What is to be mended.
  public enum Flaw {
    URI,
    MODULE,
    /// The token is not there.
    UNAVAILABLE,
    PIN,
    /// There is no such key, or more than one.
    KEY,
    /// A key of a kind that nobody here signs with.
    TYPE
  }

  private final Flaw flaw;
  private final String why;

  /// @param why a line that holds no secret
  UnusableTokenKeyException(Flaw flaw, String why) {
    super(why);
    this.flaw = flaw;
    this.why = why;
  }

  public Flaw flaw() {
    return flaw;
  }

  public String why() {
    return why;
  }
}
