package org.rekey.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey artifact`: what devices install, and who says so.
@Command(
    name = "artifact",
    description = {
      "Mender artifacts (.mender, formats 2 and 3): signs and checks them.",
      "The private keys are those of the ring artifact, and never leave the keystore."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      ArtifactSignCommand.class,
      ArtifactVerifyCommand.class,
      ArtifactReadCommand.class,
      ArtifactPublicKeyCommand.class
    },
    footerHeading = "%nFrom a new key to a device that trusts it:%n",
    footer = {
      "  rekey keys generate artifact 1 --type rsa-3072 --activate",
      "  rekey artifact public-key 1 > artifact-verify-key.pem   for the devices' ArtifactVerifyKey",
      "  rekey artifact sign release-7.mender",
      "  rekey artifact verify release-7.mender --any"
    })
final class ArtifactCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing (expected: sign, verify, read or public-key)");
  }
}
