package org.rekey.cli;

import org.rekey.cli.client.Operator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey users set-password`.
@Command(
    name = "set-password",
    description = "Sets a password without the current one, and ends all sessions of the user.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey users set-password you@example.com",
      "  rekey users set-password ci@example.com --password-stdin --revoke-tokens < password.txt"
    })
final class UsersSetPasswordCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private PasswordOption password = new PasswordOption();

  @Parameters(paramLabel = "EMAIL", description = "Whose password.")
  private String email = "";

  @Option(
      names = "--revoke-tokens",
      description = "End the user's personal access tokens too, which otherwise stay.")
  private boolean isRevokingTokens;

  @Option(names = "--json", description = "Print the user as JSON.")
  private boolean isJson;

  UsersSetPasswordCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    try (Operator operator = Operator.of(data.directory())) {
      UserView.print(
          console,
          operator.accounts().setPassword(email, password.read(email), isRevokingTokens),
          isJson);
    }
  }
}
