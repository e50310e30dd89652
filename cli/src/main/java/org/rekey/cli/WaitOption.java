package org.rekey.cli;

import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `--wait` for acks: long enough for the lease of a dead verifier to run out.
final class WaitOption {
  static final Duration DEFAULT = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = TimeConverter.class,
      description = "How long to wait for verifiers, e.g. 5s, 2m (default: ${DEFAULT-VALUE}).")
  private Duration wait = DEFAULT;

  Duration time() {
    return checked(command, wait);
  }

  static Duration checked(CommandSpec command, Duration wait) {
    if (wait.compareTo(LONGEST) > 0) {
      throw new ParameterException(
          command.commandLine(), "--wait: %s (expected: at most 10m)".formatted(Times.span(wait)));
    }
    return wait;
  }
}
