package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import org.rekey.cli.local.StackSecrets;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey deploy secrets`.
@Command(
    name = "secrets",
    description = {
      "Makes the certificates, passwords and first keys of an installation, for each service a",
      "directory of its own: DIR/keystore, DIR/useradm, … What is there is kept; certificates that",
      "end within 30 days are renewed. DIR/authority can make further certificates: keep it apart",
      "from the machines that run the services."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey deploy secrets secrets",
      "  rekey deploy secrets secrets --host rekey.example.com"
    })
final class DeploySecretsCommand implements Runnable {
  private final Console console;

  @Parameters(paramLabel = "DIR", description = "Where they go.")
  private Path directory = Path.of("");

  @Option(
      names = "--host",
      paramLabel = "NAME",
      description =
          "A name in the gateway's first HTTPS certificate, beside localhost. May be repeated.")
  private List<String> hosts = List.of();

  @Option(
      names = "--json",
      description = "Print which files were written as JSON, and nothing else.")
  private boolean isJson;

  DeploySecretsCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    StackSecrets secrets =
        new StackSecrets(directory, hosts, InstantSource.system().instant(), new SecureRandom());
    List<Path> written = secrets.ensure();
    if (isJson) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.put("clients_trust", secrets.clientsAuthority().toString());
      var files = json.putArray("written");
      written.forEach(file -> files.add(file.toString()));
      console.json(json);
      return;
    }
    console.line(
        written.isEmpty()
            ? directory + ": all is there"
            : "%s: %d files written".formatted(directory, written.size()));
    console.line("clients of the gateway trust " + secrets.clientsAuthority());
  }
}
