package org.rekey.cli;

import java.util.Locale;
import java.util.function.LongSupplier;
import org.rekey.verifier.evidence.LogFile;

/// Says how far the check of a log is.
final class AuditProgress implements LogFile.Progress {
  private final ProgressLine line;
  private final long totalBytes;

  /// @param totalBytes 0 when nobody knows
  AuditProgress(Console console, long totalBytes, LongSupplier nanos) {
    this.line = new ProgressLine(console, nanos);
    this.totalBytes = totalBytes;
  }

  @Override
  public void read(long bytes, long events) {
    line.show(seconds -> text(bytes, events, seconds));
  }

  private String text(long bytes, long events, double seconds) {
    String share =
        totalBytes == 0 ? "" : "%3.0f %%  ".formatted(100.0 * bytes / Math.max(totalBytes, bytes));
    return share
        + String.format(Locale.ROOT, "%d events, %.0f per second", events, events / seconds);
  }

  /// Leaves no trace of it.
  void end() {
    line.end();
  }
}
