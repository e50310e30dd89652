package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// A new password: asked for twice at a terminal, or from standard input. Never an argument, which
/// every process of the machine could read.
final class PasswordOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--password-stdin",
      description = "Take the password from the first line of standard input.")
  private boolean isFromInput;

  String read(String email) {
    if (isFromInput) {
      return firstLineOfInput();
    }
    Typist typist =
        Typist.present()
            .orElseThrow(
                () ->
                    new ParameterException(
                        command.commandLine(),
                        "--password-stdin: missing (expected where there is no terminal)"));
    String password = typist.secret("Password for " + email + ": ");
    if (password.isEmpty()) {
      throw new CommandFailed("password: empty (expected: 8 characters or more)");
    }
    if (!password.equals(typist.secret("Once more: "))) {
      throw new CommandFailed("password: the two are not the same");
    }
    return password;
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
