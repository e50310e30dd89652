package org.rekey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey import`: what other systems have.
@Command(
    name = "import",
    description = "Takes over what another system has.",
    mixinStandardHelpOptions = true,
    subcommands = ImportMenderUseradmCommand.class,
    footerHeading = "%nExamples:%n",
    footer = "  rekey import mender-useradm useradm.jsonl --dry-run")
final class ImportCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing (expected: mender-useradm)");
  }
}
