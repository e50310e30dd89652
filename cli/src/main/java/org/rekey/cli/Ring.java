package org.rekey.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// The key rings, as they are typed.
enum Ring {
  USERADM,
  DEVICEAUTH,
  ARTIFACT;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// @throws TypeConversionException when both are given and differ
  static Ring chosen(@Nullable Ring argument, @Nullable Ring option) {
    if (argument != null && option != null && argument != option) {
      throw new TypeConversionException(
          "%s, and --ring %s (expected: one ring)".formatted(argument, option));
    }
    if (argument != null) {
      return argument;
    }
    return option == null ? USERADM : option;
  }

  /// Says what there is when there is no such ring.
  static final class Converter implements ITypeConverter<Ring> {
    @Override
    public Ring convert(String text) {
      for (Ring ring : values()) {
        if (ring.toString().equals(text)) {
          return ring;
        }
      }
      throw new TypeConversionException(text + " (expected: useradm, deviceauth or artifact)");
    }
  }

  /// `RING` or `--ring RING`, for commands about a ring as a whole.
  static final class Argument {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Parameters(
        arity = "0..1",
        paramLabel = "RING",
        converter = Converter.class,
        description = "${COMPLETION-CANDIDATES} (default: useradm).")
    private @Nullable Ring argument;

    @Option(
        names = "--ring",
        paramLabel = "RING",
        converter = Converter.class,
        description = "The same as RING.")
    private @Nullable Ring option;

    String name() {
      try {
        return chosen(argument, option).toString();
      } catch (TypeConversionException e) {
        throw new ParameterException(command.commandLine(), "RING: " + e.getMessage(), e);
      }
    }
  }
}
