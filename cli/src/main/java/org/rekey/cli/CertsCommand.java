package org.rekey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey certs`: what clients of the gateway are shown.
@Command(
    name = "certs",
    description = "The certificates that the gateway shows its clients.",
    mixinStandardHelpOptions = true,
    subcommands = {CertsStatusCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {"  rekey certs status"})
final class CertsCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing (expected: status)");
  }
}
