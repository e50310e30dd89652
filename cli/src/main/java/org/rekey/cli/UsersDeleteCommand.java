package org.rekey.cli;

import org.rekey.cli.client.Operator;
import org.rekey.proto.useradm.v1.User;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey users delete`.
@Command(
    name = "delete",
    description = {
      "Deletes a user with all tokens and settings.",
      "All of the user's tokens are refused from then on."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey users delete you@example.com",
      "  rekey users delete 1f0c5e0e-8c4e-4b0e-9d3a-0a3f5b8f7a11 --yes"
    })
final class UsersDeleteCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private Consent consent = new Consent();

  @Parameters(paramLabel = "EMAIL|ID", description = "Which user.")
  private String emailOrId = "";

  @Option(names = "--json", description = "Print the user that was deleted as JSON.")
  private boolean isJson;

  UsersDeleteCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    consent.mustBePossible();
    try (Operator operator = Operator.of(data.directory())) {
      User user = operator.accounts().find(emailOrId);
      consent.to(
          "Delete %s (%s) with all tokens and settings?".formatted(user.getEmail(), user.getId()));
      operator.accounts().delete(user);
      UserView.print(console, user, isJson);
    }
  }
}
