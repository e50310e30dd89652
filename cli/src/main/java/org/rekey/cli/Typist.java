package org.rekey.cli;

import java.io.Console;
import java.util.Optional;

/// Whoever sits at the terminal, if anybody does.
final class Typist {
  private final Console terminal;

  private Typist(Console terminal) {
    this.terminal = terminal;
  }

  /// Empty without a terminal: there may be no console at all, or one that reads a pipe.
  static Optional<Typist> present() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).map(Typist::new);
  }

  /// Without showing it. Empty when nothing was typed.
  String secret(String prompt) {
    char[] typed = terminal.readPassword("%s", prompt);
    return typed == null ? "" : String.valueOf(typed);
  }

  boolean agrees(String question) {
    String typed = terminal.readLine("%s [y/N] ", question);
    return typed != null && (typed.equalsIgnoreCase("y") || typed.equalsIgnoreCase("yes"));
  }
}
