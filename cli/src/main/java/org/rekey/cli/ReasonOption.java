package org.rekey.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `--reason`, for what is written into the key log for ever.
final class ReasonOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the key log.")
  private String text = "";

  String text() {
    return text;
  }

  /// @param when `with --force`, or empty
  void mustBeGiven(String when) {
    if (text.isBlank()) {
      throw new ParameterException(
          command.commandLine(),
          "--reason: missing (expected%s: a line for the key log)"
              .formatted(when.isEmpty() ? "" : " " + when));
    }
  }
}
