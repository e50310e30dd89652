package org.rekey.cli;

import java.time.Duration;

/// One line at the terminal that says what a command waits for, once that takes longer than a
/// moment. Leaves no trace of it.
final class LongCall implements AutoCloseable {
  private static final Duration SILENCE = Duration.ofSeconds(2);
  private static final Duration INTERVAL = Duration.ofMillis(500);

  private final Console console;
  private final String what;
  private final long startedAt = System.nanoTime();
  private final Thread thread;
  private boolean isOnLine;

  private LongCall(Console console, String what) {
    this.console = console;
    this.what = what;
    this.thread = Thread.ofVirtual().unstarted(this::run);
  }

  /// @param what ends with how long it may take
  static LongCall started(Console console, String what) {
    LongCall call = new LongCall(console, what);
    if (console.isScreen()) {
      call.thread.start();
    }
    return call;
  }

  private void run() {
    try {
      Thread.sleep(SILENCE);
      while (true) {
        show();
        Thread.sleep(INTERVAL);
      }
    } catch (InterruptedException e) {
      // It is over.
    }
  }

  private synchronized void show() {
    if (thread.isInterrupted()) {
      return;
    }
    isOnLine = true;
    Duration taken = Duration.ofNanos(System.nanoTime() - startedAt);
    console.err().print("\r\u001b[K%d s: %s".formatted(taken.toSeconds(), what));
    console.err().flush();
  }

  @Override
  public void close() {
    thread.interrupt();
    synchronized (this) {
      if (isOnLine) {
        console.err().print("\r\u001b[K");
        console.err().flush();
        isOnLine = false;
      }
    }
  }
}
