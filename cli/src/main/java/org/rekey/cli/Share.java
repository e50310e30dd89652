package org.rekey.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A part of a whole, as `5%`, or a number of things, as `20`.
record Share(double number, boolean isPercent) {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,6})?)(%?)");
  private static final double HUNDRED = 100;

  /// @throws IllegalArgumentException for anything else
  static Share of(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()
        || (matcher.group(2).isEmpty() && matcher.group(1).contains("."))
        || (!matcher.group(2).isEmpty() && Double.parseDouble(matcher.group(1)) > HUNDRED)) {
      throw new IllegalArgumentException(text + " (expected: a percentage as in 5%, or a number)");
    }
    return new Share(Double.parseDouble(matcher.group(1)), !matcher.group(2).isEmpty());
  }

  /// How many of so many things; not more than there are.
  double of(int whole) {
    return isPercent ? whole * number / HUNDRED : Math.min(whole, number);
  }

  @Override
  public String toString() {
    String text = number == Math.rint(number) ? "%.0f".formatted(number) : Double.toString(number);
    return isPercent ? text + "%" : text;
  }

  /// For options.
  static final class Converter implements ITypeConverter<Share> {
    @Override
    public Share convert(String text) {
      try {
        return of(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
