package org.rekey.cli;

import java.util.Locale;
import java.util.function.LongSupplier;

/// One line at the terminal with a bar that says how much of a file has been read, once it takes
/// longer than a moment. It goes to standard error.
final class ByteProgress {
  private static final long SILENCE_NANOS = 2_000_000_000L;
  private static final long INTERVAL_NANOS = 200_000_000L;
  private static final int BAR = 24;
  private static final double MEGA = 1e6;

  private final Console console;
  private final long total;
  private final LongSupplier nanos;
  private final long startedAt;
  private long shownAt;
  private boolean isOnLine;

  /// @param total 0 when nobody knows
  ByteProgress(Console console, long total, LongSupplier nanos) {
    this.console = console;
    this.total = total;
    this.nanos = nanos;
    this.startedAt = nanos.getAsLong();
  }

  void at(long bytes) {
    long now = nanos.getAsLong();
    if (!console.hasColours()
        || now - startedAt < SILENCE_NANOS
        || now - shownAt < INTERVAL_NANOS) {
      return;
    }
    shownAt = now;
    isOnLine = true;
    console.err().print("\r\u001b[K" + text(bytes, (now - startedAt) / 1e9));
    console.err().flush();
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
    if (isOnLine) {
      console.err().print("\r\u001b[K");
      console.err().flush();
      isOnLine = false;
    }
  }
}
