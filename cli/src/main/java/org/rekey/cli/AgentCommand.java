package org.rekey.cli;

import java.util.concurrent.CountDownLatch;
import org.rekey.agent.Agent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey agent`.
@Command(
    name = "agent",
    description = {
      "The device's side: keeps its key and its token, and hands the token to other programs.",
      "Runs until it is ended. Programs get the token over D-Bus, as from mender-auth, or make"
          + " their",
      "calls through a proxy on this device that adds it. A new key, and a change of keys that the",
      "owner orders, are written to the log on standard error."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      AgentBootstrapCommand.class,
      AgentPublicKeyCommand.class,
      AgentSimulateCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey agent                                   as mender-auth would, by"
          + " /etc/mender/mender.conf",
      "  rekey agent --key-type p256 --proxy-port 8090",
      "  curl http://127.0.0.1:8090/api/devices/v1/deployments/device/deployments/next",
      "  rekey agent bootstrap                         make the key, ask once",
      "  rekey agent public-key > device.pub           for the owner, to preauthorize the device"
    })
final class AgentCommand implements Runnable {
  @Mixin private AgentOptions options = new AgentOptions();

  @Option(
      names = "--proxy-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Of the proxy on 127.0.0.1 (default: a free one, told over D-Bus).")
  private int proxyPort;

  @Override
  public void run() {
    Agent agent = Agent.open(options.read(proxyPort));
    Runtime.getRuntime().addShutdownHook(new Thread(agent::close, "stop"));
    agent.start();
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
