package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.rekey.cli.client.Operator;
import org.rekey.proto.useradm.v1.User;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey tokens revoke-all`.
@Command(
    name = "revoke-all",
    description = {
      "Ends all tokens of one user, or of everybody: sessions and personal access tokens.",
      "Whoever had one must log in again."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey tokens revoke-all --user you@example.com",
      "  rekey tokens revoke-all --everybody --yes"
    })
final class TokensRevokeAllCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private Consent consent = new Consent();

  @ArgGroup(multiplicity = "1")
  private Whose whose = new Whose();

  static final class Whose {
    @Option(names = "--user", paramLabel = "EMAIL|ID", description = "Of this user.")
    private String user = "";

    @Option(names = "--everybody", description = "Of every user.")
    private boolean isEverybody;
  }

  @Option(names = "--json", description = "Print how many as JSON.")
  private boolean isJson;

  TokensRevokeAllCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    consent.mustBePossible();
    long revoked;
    try (Operator operator = Operator.of(data.directory())) {
      if (whose.isEverybody) {
        consent.to("End the tokens of all users?");
        revoked = operator.accounts().revokeAll();
      } else {
        User owner = operator.accounts().find(whose.user);
        consent.to("End all tokens of " + owner.getEmail() + "?");
        revoked = operator.accounts().revokeAll(owner);
      }
    }
    if (isJson) {
      console.json(JsonNodeFactory.instance.objectNode().put("revoked", revoked));
    } else {
      console.line("%s tokens ended: %d".formatted(console.check(), revoked));
    }
  }
}
