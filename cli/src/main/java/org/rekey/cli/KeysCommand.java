package org.rekey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey keys`: the signing keys and their log.
@Command(
    name = "keys",
    description = "The signing keys, and the log of what happened to them.",
    mixinStandardHelpOptions = true,
    subcommands = {
      KeysListCommand.class,
      KeysGenerateCommand.class,
      KeysActivateCommand.class,
      KeysRetireCommand.class,
      KeysLogCommand.class,
      KeysLintCommand.class,
      KeysVerifiersCommand.class
    },
    footerHeading = "%nA rotation:%n",
    footer = {
      "  rekey keys generate 5539        announced: verifiers learn it, nothing is signed with it yet",
      "  rekey keys activate 5539        signs from now on, once every verifier has it",
      "  rekey keys retire 0             the old one is trusted no more"
    })
final class KeysCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing (expected: list, generate, activate, …)");
  }
}
