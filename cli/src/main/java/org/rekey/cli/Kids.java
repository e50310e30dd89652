package org.rekey.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Key ids as they are typed.
final class Kids {
  private Kids() {}

  static long checked(CommandSpec spec, long kid) {
    if (kid < 0) {
      throw new ParameterException(
          spec.commandLine(), "KID: %d (expected: 0 or a positive whole number)".formatted(kid));
    }
    return kid;
  }
}
