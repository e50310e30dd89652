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
      KeysRotateCommand.class,
      KeysRetireCommand.class,
      KeysHoldCommand.class,
      KeysReleaseCommand.class,
      KeysCompromiseCommand.class,
      KeysLogCommand.class,
      KeysLintCommand.class,
      KeysVerifiersCommand.class,
      KeysWatchCommand.class
    },
    footerHeading = "%nA rotation, and what comes after it:%n",
    footer = {
      "  rekey keys rotate               the next key signs, once every verifier has it",
      "  rekey keys retire 0 --dry-run   what still hangs on the old one, whose, and until when",
      "  rekey keys retire 0 --when-safe the old one goes as soon as nothing does"
    })
final class KeysCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing (expected: list, generate, activate, …)");
  }
}
