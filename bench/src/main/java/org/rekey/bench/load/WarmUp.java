package org.rekey.bench.load;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/// A JVM gets faster with every request for a while; how long, in seconds, depends on what else the
/// machine does. So the load goes on until the processor time per request stops falling.
public final class WarmUp {
  private static final double STILL_FALLING = 0.93;
  private static final int STEADY_SLICES = 2;

  private WarmUp() {}

  /// By a closed loop.
  ///
  /// @param server whose processor time counts
  public static void run(Work work, int atOnce, long server, Duration slice, Duration limit) {
    run(
        () -> {
          Duration before = Cpu.usedBy(server);
          long calls = ClosedLoop.run(work, atOnce, slice).calls();
          return (double) Cpu.usedBy(server).minus(before).toNanos() / calls;
        },
        limit);
  }

  /// @param slice puts load on for a few seconds and answers the CPU per request
  /// @param limit ends it in any case
  public static void run(DoubleSupplier slice, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    double least = Double.POSITIVE_INFINITY;
    int steady = 0;
    while (steady < STEADY_SLICES && System.nanoTime() - end < 0) {
      double cpu = slice.getAsDouble();
      steady = cpu < STILL_FALLING * least ? 0 : steady + 1;
      least = Math.min(least, cpu);
    }
  }
}
