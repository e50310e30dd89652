package org.rekey.cli;

import java.util.Locale;
import java.util.function.LongSupplier;

/// A bar that says how much of a file has been read.
final class ByteProgress {
  private static final int BAR = 24;
  private static final double MEGA = 1e6;

  private final ProgressLine line;
  private final long total;

  /// @param total 0 when nobody knows
  ByteProgress(Console console, long total, LongSupplier nanos) {
    this.line = new ProgressLine(console, nanos);
    this.total = total;
  }

  void at(long bytes) {
    line.show(seconds -> text(bytes, seconds));
  }

  private String text(long bytes, double seconds) {
    double perSecond = bytes / seconds;
    if (total == 0) {
      return String.format(Locale.ROOT, "%.0f MB  %.0f MB/s", bytes / MEGA, perSecond / MEGA);
    }
    double share = Math.min(1, (double) bytes / total);
    int full = (int) (share * BAR);
    return String.format(
        Locale.ROOT,
        "[%s%s] %3.0f %%  %.0f of %.0f MB  %.0f MB/s  %.0f s left",
        "#".repeat(full),
        " ".repeat(BAR - full),
        100 * share,
        bytes / MEGA,
        total / MEGA,
        perSecond / MEGA,
        Math.ceil((total - bytes) / perSecond));
  }

  /// Leaves no trace of it.
  void end() {
    line.end();
  }
}
