package org.rekey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey routes`: what stands behind the gateway.
@Command(
    name = "routes",
    description = "What stands behind the gateway.",
    mixinStandardHelpOptions = true,
    subcommands = {RoutesCheckCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {"  rekey routes check routes.yaml"})
final class RoutesCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing (expected: check)");
  }
}
