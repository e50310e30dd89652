package org.rekey.bench.load;

import java.time.Duration;
import java.util.Locale;

/// Tells whoever waits for a run how far it is, on standard error.
public final class Progress {
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final long started = System.nanoTime();

  public void say(String text) {
    System.err.printf(
        Locale.ROOT, "bench: %7.1f s  %s%n", (System.nanoTime() - started) / 1e9, text);
  }

  public Count count(String what, long total) {
    return new Count(what, total);
  }

  /// Something of which there are many, told of from time to time.
  public final class Count {
    private final String what;
    private final long total;
    private long done;
    private long toldAt = System.nanoTime();

    private Count(String what, long total) {
      this.what = what;
      this.total = total;
    }

    public synchronized void add(long more) {
      done += more;
      if (System.nanoTime() - toldAt > EVERY.toNanos()) {
        toldAt = System.nanoTime();
        say("  %s: %s of %s".formatted(what, number(done), number(total)));
      }
    }
  }

  /// With a space between the thousands.
  public static String number(long number) {
    return String.format(Locale.ROOT, "%,d", number).replace(',', ' ');
  }
}
