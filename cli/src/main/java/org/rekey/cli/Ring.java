package org.rekey.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
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

  /// `--ring` for commands that need one.
  static final class One {
    @Option(
        names = "--ring",
        paramLabel = "RING",
        converter = Converter.class,
        defaultValue = "useradm",
        description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Ring ring = USERADM;

    String name() {
      return ring.toString();
    }
  }
}
