package org.rekey.cli;

import org.rekey.cli.client.Operator;
import org.rekey.proto.useradm.v1.User;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey users show`.
@Command(
    name = "show",
    description = "One user.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey users show you@example.com",
      "  rekey users show 1f0c5e0e-8c4e-4b0e-9d3a-0a3f5b8f7a11 --json"
    })
final class UsersShowCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Parameters(paramLabel = "EMAIL|ID", description = "Which user.")
  private String emailOrId = "";

  @Option(names = "--json", description = "Print the user as JSON.")
  private boolean isJson;

  UsersShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    User user;
    try (Operator operator = Operator.of(data.directory())) {
      user = operator.accounts().find(emailOrId);
    }
    if (isJson) {
      console.json(UserView.json(user));
      return;
    }
    console.line("e-mail      " + user.getEmail());
    console.line("id          " + user.getId());
    console.line("created     " + Times.orWord(user.hasCreatedAt(), user.getCreatedAt(), ""));
    console.line("changed     " + Times.orWord(user.hasUpdatedAt(), user.getUpdatedAt(), ""));
    console.line("last login  " + Times.orWord(user.hasLoginAt(), user.getLoginAt(), "never"));
  }
}
