package org.rekey.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Key ids as they are typed.
final class KidConverter implements ITypeConverter<Long> {
  @Override
  public Long convert(String text) {
    try {
      if (text.matches("[0-9]+")) {
        return Long.valueOf(text);
      }
    } catch (NumberFormatException e) {
      // Too large: the same answer.
    }
    throw new TypeConversionException(text + " (expected: 0 or a positive whole number)");
  }
}
