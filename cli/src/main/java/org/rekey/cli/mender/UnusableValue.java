package org.rekey.cli.mender;

/// A value of the dump that breaks a rule. The message names the field and the rule, and never
/// repeats the value, which may be a secret.
final class UnusableValue extends Exception {
  private static final long serialVersionUID = 1L;

  UnusableValue(String message) {
    super(message, null, false, false);
  }
}
