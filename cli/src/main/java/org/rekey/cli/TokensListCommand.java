package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.rekey.cli.client.Operator;
import org.rekey.proto.useradm.v1.PersonalAccessToken;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey tokens list`.
@Command(
    name = "list",
    description = "The personal access tokens of a user; expired ones are not there.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey tokens list --user you@example.com",
      "  rekey tokens list --user you@example.com --json | jq '.[] | select(.expires_at == null)'"
    })
final class TokensListCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Option(names = "--user", paramLabel = "EMAIL|ID", required = true, description = "Whose tokens.")
  private String user = "";

  @Option(names = "--json", description = "Print an array of objects.")
  private boolean isJson;

  TokensListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    List<PersonalAccessToken> tokens;
    try (Operator operator = Operator.of(data.directory())) {
      tokens = operator.accounts().tokens(operator.accounts().find(user));
    }
    if (isJson) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      tokens.forEach(token -> array.add(json(token)));
      console.json(array);
    } else if (tokens.isEmpty()) {
      console.line("no personal access tokens");
    } else {
      print(tokens);
    }
  }

  private void print(List<PersonalAccessToken> tokens) {
    Table table = new Table("ID", "NAME", "KID", "CREATED", "EXPIRES", "LAST USED");
    for (PersonalAccessToken token : tokens) {
      table.row(
          token.getId(),
          Plain.text(token.getName()),
          token.hasKid() ? Long.toUnsignedString(token.getKid()) : "?",
          Times.orWord(token.hasCreatedAt(), token.getCreatedAt(), ""),
          Times.orWord(token.hasExpiresAt(), token.getExpiresAt(), "never"),
          Times.orWord(token.hasLastUsedAt(), token.getLastUsedAt(), "never"));
    }
    table.print(console);
  }

  private static ObjectNode json(PersonalAccessToken token) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", token.getId()).put("name", token.getName());
    json.put("kid", token.hasKid() ? token.getKid() : null);
    return json.put("created_at", Times.orNull(token.hasCreatedAt(), token.getCreatedAt()))
        .put("expires_at", Times.orNull(token.hasExpiresAt(), token.getExpiresAt()))
        .put("last_used_at", Times.orNull(token.hasLastUsedAt(), token.getLastUsedAt()));
  }
}
