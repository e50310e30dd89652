package org.rekey.bench;

import java.util.Collection;
import java.util.Locale;

/// One figure as several rounds saw it.
public record Spread(double median, double lowest, double highest) {

  public static Spread of(Collection<Double> rounds) {
    if (rounds.isEmpty()) {
      throw new IllegalArgumentException("rounds: none (expected: at least one)");
    }
    double[] sorted = rounds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /// The median alone.
  public String text(int digits) {
    return number(median, digits);
  }

  /// `median (lowest–highest)`.
  public String textWithRange(int digits) {
    return "%s (%s–%s)"
        .formatted(number(median, digits), number(lowest, digits), number(highest, digits));
  }

  private static String number(double value, int digits) {
    return Double.isNaN(value) ? "–" : String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}
