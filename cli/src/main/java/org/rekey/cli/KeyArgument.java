package org.rekey.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// Which key: `deviceauth 7`, `7 --ring deviceauth`, or only `7` for one of useradm's.
final class KeyArgument {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Parameters(
      index = "0..1",
      arity = "1..2",
      paramLabel = "[RING] KID",
      hideParamSyntax = true,
      description = "The ring (default: useradm) and the key's id.")
  private List<String> words = List.of();

  @Option(
      names = "--ring",
      paramLabel = "RING",
      converter = Ring.Converter.class,
      description = "The same as RING: ${COMPLETION-CANDIDATES}.")
  private @Nullable Ring option;

  KeyId id() {
    try {
      Ring ring =
          Ring.chosen(
              words.size() == 2 ? new Ring.Converter().convert(words.getFirst()) : null, option);
      return new KeyId(ring.toString(), new KidConverter().convert(words.getLast()));
    } catch (TypeConversionException e) {
      throw new ParameterException(command.commandLine(), "[RING] KID: " + e.getMessage(), e);
    }
  }
}
