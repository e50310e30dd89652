package org.rekey.cli;

import java.util.Locale;
import java.util.function.LongSupplier;
import org.rekey.verifier.evidence.LogFile;

/// One line at the terminal that says how far the check of a log is, once it takes longer than a
/// moment.
final class AuditProgress implements LogFile.Progress {
  private static final long SILENCE_NANOS = 2_000_000_000L;
  private static final long INTERVAL_NANOS = 200_000_000L;

  private final Console console;
  private final long totalBytes;
  private final LongSupplier nanos;
  private final long startedAt;
  private long shownAt;
  private boolean isOnLine;

  /// @param totalBytes 0 when nobody knows
  AuditProgress(Console console, long totalBytes, LongSupplier nanos) {
    this.console = console;
    this.totalBytes = totalBytes;
    this.nanos = nanos;
    this.startedAt = nanos.getAsLong();
  }

  @Override
  public void read(long bytes, long events) {
    long now = nanos.getAsLong();
    if (!console.hasColours()
        || now - startedAt < SILENCE_NANOS
        || now - shownAt < INTERVAL_NANOS) {
      return;
    }
    shownAt = now;
    isOnLine = true;
    String share =
        totalBytes == 0 ? "" : "%3.0f %%  ".formatted(100.0 * bytes / Math.max(totalBytes, bytes));
    double perSecond = events / ((now - startedAt) / 1e9);
    console
        .err()
        .print(
            "\r\u001b[K"
                + share
                + String.format(Locale.ROOT, "%d events, %.0f per second", events, perSecond));
    console.err().flush();
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
