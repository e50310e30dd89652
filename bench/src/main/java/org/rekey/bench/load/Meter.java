package org.rekey.bench.load;

import java.time.Duration;
import org.rekey.bench.load.Metrics.Metric;

/// Reads what a service has used and counted, before something is measured and after it.
public final class Meter {
  private final RekeyUp instance;
  private final String service;
  private final Collections collectionsBefore;
  private final Metrics before;
  private final Duration usedBefore;
  private final long startedAt;

  private Meter(RekeyUp instance, String service) {
    this.instance = instance;
    this.service = service;
    this.collectionsBefore = Collections.of(instance.pid(service));
    this.before = instance.metrics(service);
    this.usedBefore = Cpu.usedBy(instance.pid(service));
    this.startedAt = System.nanoTime();
  }

  public static Meter start(RekeyUp instance, String service) {
    return new Meter(instance, service);
  }

  public Cost stop() {
    Duration took = Duration.ofNanos(System.nanoTime() - startedAt);
    Duration used = Cpu.usedBy(instance.pid(service)).minus(usedBefore);
    Metrics after = instance.metrics(service);
    Collections collections = Collections.of(instance.pid(service));
    return new Cost(
        took,
        used,
        before,
        after,
        collections.stopped().minus(collectionsBefore.stopped()),
        collections.full() - collectionsBefore.full());
  }

  /// @param used processor time
  /// @param stopped by garbage collections
  /// @param fullCollections those of the whole heap among them
  public record Cost(
      Duration took,
      Duration used,
      Metrics before,
      Metrics after,
      Duration stopped,
      long fullCollections) {
    public double microsPer(long calls) {
      return used.toNanos() / 1e3 / calls;
    }

    /// How many processors were busy with it.
    public double cores() {
      return (double) used.toNanos() / took.toNanos();
    }

    public double counted(Metric metric) {
      return after.of(metric) - before.of(metric);
    }
  }
}
