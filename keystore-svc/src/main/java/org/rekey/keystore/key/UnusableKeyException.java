package org.rekey.keystore.key;

import org.rekey.keystore.key.PemKeys.Flaw;

/// Why a private key cannot be used; without any of its material.
public final class UnusableKeyException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Flaw flaw;
  private final String why;

  public UnusableKeyException(Flaw flaw, String why) {
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
