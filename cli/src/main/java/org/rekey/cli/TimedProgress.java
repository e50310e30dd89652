package org.rekey.cli;

import org.rekey.cli.local.Progress;

/// Progress as lines with the time since the start.
///
/// @param isQuiet only notices, to standard error
record TimedProgress(Console console, boolean isQuiet, long startedAt) implements Progress {

  TimedProgress(Console console, boolean isQuiet) {
    this(console, isQuiet, System.nanoTime());
  }

  @Override
  public void done(String what) {
    if (!isQuiet) {
      double seconds = (System.nanoTime() - startedAt) / 1e9;
      console.line(
          "  " + console.check() + " " + console.dim("%5.1f s".formatted(seconds)) + "  " + what);
    }
  }

  @Override
  public void notice(String what) {
    console.warn(what);
  }
}
