package org.rekey.e2e.platform;

import java.io.IOException;
import java.io.UncheckedIOException;

/// What the operating system can do to a process and Java's API cannot.
final class Signals {
  private Signals() {}

  /// Stops it in the middle of whatever it does; its connections stay.
  static void pause(long pid) {
    send("-STOP", pid);
  }

  static void resume(long pid) {
    send("-CONT", pid);
  }

  static void kill(long pid) {
    send("-KILL", pid);
  }

  private static void send(String signal, long pid) {
    try {
      int exit =
          new ProcessBuilder("kill", signal, Long.toString(pid)).inheritIO().start().waitFor();
      if (exit != 0) {
        throw new IllegalStateException("kill " + signal + ": exit code " + exit);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
