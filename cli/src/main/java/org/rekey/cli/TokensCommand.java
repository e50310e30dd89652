package org.rekey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey tokens`: what users have in hand.
@Command(
    name = "tokens",
    description = "Personal access tokens and sessions: see them, end them.",
    mixinStandardHelpOptions = true,
    subcommands = {
      TokensListCommand.class,
      TokensRevokeCommand.class,
      TokensRevokeAllCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey tokens list --user you@example.com",
      "  rekey tokens revoke-all --user you@example.com"
    })
final class TokensCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing (expected: list, revoke or revoke-all)");
  }
}
