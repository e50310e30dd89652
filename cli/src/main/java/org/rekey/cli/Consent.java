package org.rekey.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `--yes`, for commands that cannot be undone.
final class Consent {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(names = "--yes", description = "Don't ask; needed where there is no terminal.")
  private boolean isGiven;

  /// Before anything is looked up: a script learns at once that it lacks the option.
  void mustBePossible() {
    if (!isGiven && Typist.present().isEmpty()) {
      throw new ParameterException(
          command.commandLine(), "--yes: missing (expected where there is no terminal)");
    }
  }

  /// @throws CommandFailed when the one at the terminal does not agree
  void to(String question) {
    mustBePossible();
    if (!isGiven && !Typist.present().map(typist -> typist.agrees(question)).orElse(false)) {
      throw new CommandFailed("nothing was changed");
    }
  }
}
