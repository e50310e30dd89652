package org.rekey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey deploy`: what `rekey up` does by itself, for those who run the services on their own.
@Command(
    name = "deploy",
    description = "What the services need where they run on their own.",
    mixinStandardHelpOptions = true,
    subcommands = {DeploySecretsCommand.class, DeployKafkaAclsCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey deploy secrets /etc/rekey",
      "  rekey deploy kafka-acls --bootstrap kafka:9092 --config kafka.properties"
    })
final class DeployCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing (expected: secrets or kafka-acls)");
  }
}
