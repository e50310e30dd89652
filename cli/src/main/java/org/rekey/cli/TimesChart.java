package org.rekey.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/// Times as bars, one for each doubling, and their percentiles.
final class TimesChart {
  private static final int WIDTH = 40;
  private static final long FIRST_NANOS = 500_000;

  private TimesChart() {}

  /// @param times in nanoseconds; without any there are no lines
  static List<String> of(String title, Histogram times) {
    if (times.getTotalCount() == 0) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%s: %d, p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms, longest %.1f ms",
            title,
            times.getTotalCount(),
            times.getValueAtPercentile(50) / 1e6,
            times.getValueAtPercentile(99) / 1e6,
            times.getValueAtPercentile(99.9) / 1e6,
            times.getMaxValue() / 1e6));
    long from = 0;
    for (long to = FIRST_NANOS; from <= times.getMaxValue(); to *= 2) {
      long count = times.getCountBetweenValues(from, to - 1);
      if (count > 0) {
        int length = (int) Math.max(1, Math.round(WIDTH * (double) count / times.getTotalCount()));
        lines.add(
            String.format(Locale.ROOT, "  < %8.1f ms %9d %s", to / 1e6, count, "#".repeat(length)));
      }
      from = to;
    }
    return lines;
  }
}
