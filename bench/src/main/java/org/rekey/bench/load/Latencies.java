package org.rekey.bench.load;

import java.util.Arrays;

/// How long each of many calls took.
public final class Latencies {
  private final long[] sorted;

  private Latencies(long[] sorted) {
    this.sorted = sorted;
  }

  /// @param nanos taken over, and sorted in place
  public static Latencies of(long[] nanos) {
    Arrays.sort(nanos);
    return new Latencies(nanos);
  }

  public int count() {
    return sorted.length;
  }

  /// The least time within which that part of the calls was answered; not a number without calls.
  public double millis(double part) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[Math.min(sorted.length - 1, (int) (sorted.length * part))] / 1e6;
  }
}
