package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.rekey.agent.Agent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

  @Option(names = "--json", description = "Print an object with it.")
  private boolean isJson;

  AgentPublicKeyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    String key = Agent.publicKey(options.read(0));
    if (isJson) {
      console.json(JsonNodeFactory.instance.objectNode().put("public_key", key));
    } else {
      console.line(key.strip());
    }
  }
}
