package org.rekey.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// A ring, and perhaps one of its keys: `deviceauth 7`, `deviceauth`, `7`, or nothing for useradm.
final class PerhapsKeyArgument {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Parameters(
      index = "0..1",
      arity = "0..2",
      paramLabel = "[RING] [KID]",
      hideParamSyntax = true,
      description = "The ring (default: useradm), and the id of one key.")
  private List<String> words = List.of();

  @Option(
      names = "--ring",
      paramLabel = "RING",
      converter = Ring.Converter.class,
      description = "The same as RING: ${COMPLETION-CANDIDATES}.")
  private @Nullable Ring option;

  String ring() {
    boolean isNamed = !words.isEmpty() && !isNumber(words.getFirst());
    return checked(
        () ->
            Ring.chosen(isNamed ? new Ring.Converter().convert(words.getFirst()) : null, option)
                .toString());
  }

  @Nullable Long kid() {
    if (words.size() < 2 && (words.isEmpty() || !isNumber(words.getFirst()))) {
      return null;
    }
    return checked(() -> new KidConverter().convert(words.getLast()));
  }

  private static boolean isNumber(String word) {
    return word.matches("[-0-9]+");
  }

  private <T> T checked(java.util.function.Supplier<T> value) {
    try {
      return value.get();
    } catch (TypeConversionException e) {
      throw new ParameterException(command.commandLine(), "[RING] [KID]: " + e.getMessage(), e);
    }
  }
}
