package org.rekey.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// A ring, and perhaps one of its keys: `deviceauth 7`, `deviceauth`, `7` for one of useradm's, or
/// nothing.
final class PerhapsKeyArgument {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Parameters(
      index = "0..1",
      arity = "0..2",
      paramLabel = "[RING] [KID]",
      hideParamSyntax = true,
      description = "A ring, and the id of one key; an id alone is that of a key of useradm.")
  private List<String> words = List.of();

  @Option(
      names = "--ring",
      paramLabel = "RING",
      converter = Ring.Converter.class,
      description = "The same as RING: ${COMPLETION-CANDIDATES}.")
  private @Nullable Ring option;

  String ring() {
    boolean isNamed = isNamed();
    return checked(
        () ->
            Ring.chosen(isNamed ? new Ring.Converter().convert(words.getFirst()) : null, option)
                .toString());
  }

  /// The same for commands that are about all rings where none is named; null for all.
  @Nullable String ringOrAll() {
    return words.isEmpty() && option == null ? null : ring();
  }

  private boolean isNamed() {
    return !words.isEmpty() && !isNumber(words.getFirst());
  }

  @Nullable Long kid() {
    if (words.size() < 2 && (words.isEmpty() || isNamed())) {
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
