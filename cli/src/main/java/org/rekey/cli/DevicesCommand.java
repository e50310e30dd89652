package org.rekey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey devices`.
@Command(
    name = "devices",
    description = "The devices of an installation.",
    mixinStandardHelpOptions = true,
    subcommands = DevicesRotateKeysCommand.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey devices rotate-keys --dry-run",
      "  rekey devices rotate-keys --query 'mac=52:54:*' --wave 5%% --halt-above 1%%"
    })
final class DevicesCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing (expected: rotate-keys)");
  }
}
