package org.rekey.cli;

import org.rekey.agent.Agent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `rekey agent public-key`.
@Command(
    name = "public-key",
    description = "Prints the device's public key (PEM); makes the key if there is none.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  rekey agent public-key --data ./state > device.pub")
final class AgentPublicKeyCommand implements Runnable {
  private final Console console;
  @Mixin private AgentOptions options = new AgentOptions();

  AgentPublicKeyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    console.line(Agent.publicKey(options.read(0)).strip());
  }
}
