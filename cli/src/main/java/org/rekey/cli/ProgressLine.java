package org.rekey.cli;

import java.util.function.DoubleFunction;
import java.util.function.LongSupplier;

/// One line at the terminal that says how far something is, once it takes longer than a moment. It
/// goes to standard error.
final class ProgressLine {
  private static final long SILENCE_NANOS = 2_000_000_000L;
  private static final long INTERVAL_NANOS = 200_000_000L;

  private final Console console;
  private final LongSupplier nanos;
  private final long startedAt;
  private long shownAt;
  private boolean isThere;

  ProgressLine(Console console, LongSupplier nanos) {
    this.console = console;
    this.nanos = nanos;
    this.startedAt = nanos.getAsLong();
  }

  /// @param text made only when it is time to show it, from the seconds since the start
  void show(DoubleFunction<String> text) {
    long now = nanos.getAsLong();
    if (!console.hasColours()
        || now - startedAt < SILENCE_NANOS
        || now - shownAt < INTERVAL_NANOS) {
      return;
    }
    shownAt = now;
    isThere = true;
    console.err().print("\r\u001b[K" + text.apply((now - startedAt) / 1e9));
    console.err().flush();
  }

  /// Leaves no trace of it.
  void end() {
    if (isThere) {
      console.err().print("\r\u001b[K");
      console.err().flush();
      isThere = false;
    }
  }
}
