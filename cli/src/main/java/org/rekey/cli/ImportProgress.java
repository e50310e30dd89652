package org.rekey.cli;

import java.util.Locale;
import java.util.function.LongSupplier;
import org.rekey.cli.mender.ImportWatcher;

/// One line at the terminal that says how far an import is, once it takes longer than a moment. It
/// goes to standard error, and gives way to whatever else is written there.
final class ImportProgress implements ImportWatcher {
  private static final long SILENCE_NANOS = 2_000_000_000L;
  private static final long INTERVAL_NANOS = 200_000_000L;
  private static final double MEGA = 1e6;

  private final Console console;
  private final boolean isShown;
  private final LongSupplier nanos;
  private final long startedAt;
  private long firstDone = -1;
  private long shownAt;
  private boolean isOnLine;

  ImportProgress(Console console, boolean isQuiet, LongSupplier nanos) {
    this.console = console;
    this.isShown = console.hasColours() && !isQuiet;
    this.nanos = nanos;
    this.startedAt = nanos.getAsLong();
  }

  @Override
  public void progress(long done, long total, long lines) {
    long now = nanos.getAsLong();
    if (firstDone < 0) {
      firstDone = done;
    }
    if (!isShown || now - startedAt < SILENCE_NANOS || now - shownAt < INTERVAL_NANOS) {
      return;
    }
    shownAt = now;
    isOnLine = true;
    console.err().print("\r\u001b[K" + text(done, total, lines, now - startedAt));
    console.err().flush();
  }

  private String text(long done, long total, long lines, long elapsed) {
    double perSecond = (done - firstDone) / (elapsed / 1e9);
    String left =
        perSecond <= 0 ? "?" : "%d s".formatted((long) Math.ceil((total - done) / perSecond));
    return String.format(
        Locale.ROOT,
        "%3.0f %%  %.1f of %.1f MB  line %d  %.1f MB/s  %s left",
        100.0 * done / Math.max(1, total),
        done / MEGA,
        total / MEGA,
        lines,
        perSecond / MEGA,
        left);
  }

  @Override
  public void refused(long line, String problem) {
    end();
    console.err().println("line " + line + ": " + Plain.line(problem));
  }

  @Override
  public void notice(String text) {
    end();
    console.warn(text);
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
