package org.rekey.cli;

import org.rekey.cli.client.Operator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey users create`.
@Command(
    name = "create",
    description = "Makes a user.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey users create you@example.com          asks for the password",
      "  rekey users create ci@example.com --password-stdin < password.txt"
    })
final class UsersCreateCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();
  @Mixin private PasswordOption password = new PasswordOption();

  @Parameters(paramLabel = "EMAIL", description = "The name to log in with.")
  private String email = "";

  @Option(names = "--json", description = "Print the user as JSON.")
  private boolean isJson;

  UsersCreateCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    try (Operator operator = Operator.of(data.directory())) {
      UserView.print(console, operator.accounts().create(email, password.read(email)), isJson);
    }
  }
}
