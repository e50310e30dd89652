package org.rekey.agent.key;

/// A text that is no private key that a device can use. The message holds nothing of the key.
public final class UnusableKey extends Exception {
  private static final long serialVersionUID = 1L;

  UnusableKey(String message) {
    super(message);
  }
}
