package org.rekey.artifact;

import java.io.IOException;

/// An artifact breaks a rule. An [IOException], so that it passes through the streams of libraries.
final class Damage extends IOException {
  private static final long serialVersionUID = 1L;

  private final Rule rule;

  Damage(Rule rule, String message) {
    super(message);
    this.rule = rule;
  }

  Rule rule() {
    return rule;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
