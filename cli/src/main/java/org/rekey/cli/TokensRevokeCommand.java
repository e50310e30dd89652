package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.rekey.cli.client.Operator;
import org.rekey.proto.useradm.v1.User;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey tokens revoke`.
@Command(
    name = "revoke",
    description = {
      "Ends one token of a user, be it personal or of a session.",
      "It is no error if there is no such token."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  rekey tokens revoke --user you@example.com 6f1c2a44-2f0e-4c0b-8a65-0f6c6a7f0a51"})
final class TokensRevokeCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Option(names = "--user", paramLabel = "EMAIL|ID", required = true, description = "Whose tokens.")
  private String user = "";

  @Parameters(paramLabel = "TOKEN_ID", description = "The token's `jti`.")
  private String tokenId = "";

  @Option(names = "--json", description = "Print whose token was ended as JSON.")
  private boolean isJson;

  TokensRevokeCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    User owner;
    try (Operator operator = Operator.of(data.directory())) {
      owner = operator.accounts().find(user);
      operator.accounts().revoke(owner, tokenId);
    }
    if (isJson) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      console.json(json.put("user_id", owner.getId()).put("token_id", tokenId));
    } else {
      console.line("%s token %s of %s".formatted(console.check(), tokenId, owner.getEmail()));
    }
  }
}
