package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Optional;
import org.rekey.cli.client.Operator;
import org.rekey.proto.useradm.v1.User;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `rekey users`: those who may log in.
@Command(
    name = "users",
    description = "Those who may log in.",
    mixinStandardHelpOptions = true,
    subcommands = UsersCommand.Create.class)
final class UsersCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing (expected: create)");
  }

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
  static final class Create implements Runnable {
    private final org.rekey.cli.Console console;
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private DataOption data = new DataOption();

    @Parameters(paramLabel = "EMAIL", description = "The name to log in with.")
    private String email = "";

    @Option(
        names = "--password-stdin",
        description = "Take the password from the first line of standard input.")
    private boolean isPasswordFromInput;

    @Option(names = "--json", description = "Print the user as JSON.")
    private boolean isJson;

    Create(org.rekey.cli.Console console) {
      this.console = console;
    }

    @Override
    public void run() {
      try (Operator operator = Operator.of(data.directory())) {
        User user = operator.accounts().create(email, password());
        if (isJson) {
          ObjectNode json = JsonNodeFactory.instance.objectNode();
          console.json(json.put("id", user.getId()).put("email", user.getEmail()));
        } else {
          console.line(console.check() + " user " + user.getEmail() + " (" + user.getId() + ")");
        }
      }
    }

    private String password() {
      if (isPasswordFromInput) {
        return firstLineOfInput();
      }
      // Without a terminal there may be no console at all, or one that reads a pipe.
      Console terminal =
          Optional.ofNullable(System.console())
              .filter(Console::isTerminal)
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "--password-stdin: missing (expected where there is no terminal)"));
      String password = asked(terminal, "Password for " + email + ": ");
      if (!password.equals(asked(terminal, "Once more: "))) {
        throw new CommandFailed("password: the two are not the same");
      }
      return password;
    }

    private static String asked(Console terminal, String prompt) {
      char[] typed = terminal.readPassword("%s", prompt);
      if (typed == null || typed.length == 0) {
        throw new CommandFailed("password: empty (expected: 8 characters or more)");
      }
      return String.valueOf(typed);
    }

    private static String firstLineOfInput() {
      try {
        String line = new BufferedReader(new InputStreamReader(System.in, UTF_8)).readLine();
        if (line == null || line.isEmpty()) {
          throw new CommandFailed(
              "password: standard input is empty (expected: the password on its first line)");
        }
        return line;
      } catch (IOException e) {
        throw new CommandFailed("password: standard input cannot be read", e);
      }
    }
  }
}
