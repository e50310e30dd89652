package org.rekey.cli;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.rekey.agent.simulate.FleetFigures;

/// How far a simulated fleet is: the time that has passed, and rates since the last look.
final class FleetProgress {
  private static final int WIDTH = 40;

  private final int devices;
  private final Duration time;
  private final long startedAt = System.nanoTime();
  private long lookedAt = startedAt;
  private long polls;
  private long issued;

  FleetProgress(int devices, Duration time) {
    this.devices = devices;
    this.time = time;
  }

  List<String> lines(FleetFigures figures) {
    long now = System.nanoTime();
    double since = Math.max(1e-9, (now - lookedAt) / 1e9);
    double pollRate = (figures.polls() - polls) / since;
    double tokenRate = (figures.issued() - issued) / since;
    lookedAt = now;
    polls = figures.polls();
    issued = figures.issued();
    double passed = Math.min(1, (now - startedAt) / (double) time.toNanos());
    int filled = (int) (passed * WIDTH);
    return List.of(
        String.format(
            Locale.ROOT,
            "[%s%s] %3.0f %%  %d of %d devices in",
            "#".repeat(filled),
            ".".repeat(WIDTH - filled),
            passed * 100,
            figures.in(),
            devices),
        String.format(
            Locale.ROOT,
            "%6.0f polls/s  %6.0f tokens/s  p99 %.1f ms  %d keys changed  %d power cuts",
            pollRate,
            tokenRate,
            figures.pollTimes().getValueAtPercentile(99) / 1e6,
            figures.keysChanged(),
            figures.powerCuts()));
  }
}
