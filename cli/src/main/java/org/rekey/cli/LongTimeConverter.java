package org.rekey.cli;

import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// `30s`, `5m`, `12h`, `30d`.
final class LongTimeConverter implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String value) {
    if (!value.matches("[0-9]{1,6}[smhd]")) {
      throw new TypeConversionException(value + " (expected: a time such as 30s, 5m, 12h or 30d)");
    }
    return value.endsWith("d") ? Duration.parse("P" + value) : Duration.parse("PT" + value);
  }
}
