package org.rekey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey clients`: programs that may ask about tokens.
@Command(
    name = "clients",
    description = "Programs that may ask the gateway whether a token is good, or end one.",
    mixinStandardHelpOptions = true,
    subcommands = {ClientsNewCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {"  rekey clients new billing", "  rekey clients new siem --may revoke-users"})
final class ClientsCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing (expected: new)");
  }
}
