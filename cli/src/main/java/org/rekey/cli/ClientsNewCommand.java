package org.rekey.cli;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.rekey.runtime.client.ClientId;
import org.rekey.runtime.client.ClientRight;
import org.rekey.runtime.client.ClientSecret;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `rekey clients new`. Asks nobody and writes nothing: the file is the operator's.
@Command(
    name = "new",
    description = {
      "Makes a secret for a client, and the lines for the clients file (GATEWAY_CLIENTS).",
      "The secret is shown once and stored nowhere; the file has its SHA-256.",
      "For a client that is there already: add the new hash beside the old one, give the program",
      "its new secret, and take the old hash out. The gateway reads the file again when it changes."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey clients new billing",
      "  rekey clients new siem --may revoke-users,revoke-devices",
      "  rekey clients new billing --json"
    })
final class ClientsNewCommand implements Runnable {
  private final Console console;
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "NAME", description = "The client's id: " + ClientId.EXPECTED + ".")
  private String name = "";

  @Option(
      names = "--may",
      paramLabel = "RIGHT",
      split = ",",
      defaultValue = "introspect-users,introspect-devices",
      description =
          "What it may do: introspect-users, introspect-devices, revoke-users, revoke-devices"
              + " (default: ${DEFAULT-VALUE}).")
  private List<String> may = List.of();

  @Option(names = "--json", description = "Print all of it as JSON, and nothing else.")
  private boolean isJson;

  ClientsNewCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (!ClientId.isOne(name)) {
      throw new ParameterException(
          spec.commandLine(), "NAME: not a client's id (expected: " + ClientId.EXPECTED + ")");
    }
    Set<ClientRight> rights = rights();
    String secret = ClientSecret.generate(new SecureRandom());
    String hash = ClientSecret.sha256(secret);
    if (isJson) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.put("id", name);
      json.put("secret", secret);
      json.put("secret_sha256", hash);
      rights.forEach(right -> json.withArray("may").add(right.text()));
      console.json(json);
      return;
    }
    console.line("The secret of " + console.bold(name) + ", shown this once:");
    console.line("");
    console.line("  " + secret);
    console.line("");
    console.line("For the clients file, below `clients:`");
    console.line("");
    console.line("  - id: " + name);
    console.line("    secret_sha256: " + hash);
    console.line(
        "    may: " + rights.stream().map(ClientRight::text).collect(joining(", ", "[", "]")));
  }

  private Set<ClientRight> rights() {
    Set<ClientRight> rights = EnumSet.noneOf(ClientRight.class);
    for (String text : may) {
      rights.add(
          ClientRight.of(text.strip())
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "--may: " + text + " (expected: " + ClientRight.all() + ")")));
    }
    return rights;
  }
}
