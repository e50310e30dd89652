package org.rekey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey users`: those who may log in.
@Command(
    name = "users",
    description = "Those who may log in.",
    mixinStandardHelpOptions = true,
    subcommands = {
      UsersCreateCommand.class,
      UsersListCommand.class,
      UsersShowCommand.class,
      UsersSetPasswordCommand.class,
      UsersDeleteCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey users create you@example.com",
      "  rekey users list",
      "  rekey users set-password you@example.com --revoke-tokens"
    })
final class UsersCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing (expected: create, list, show, …)");
  }
}
