package org.rekey.keystore;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// A table of leases that several keystores share, as PostgreSQL keeps it, and that breaks when a
/// test says so.
final class MemoryLeases implements LeaseStore {
  private final Map<List<String>, VerifierReport> rows = new ConcurrentHashMap<>();
  private volatile boolean away;
  private volatile Runnable beforeSave = () -> {};
  private final AtomicInteger saves = new AtomicInteger();

  void setAway(boolean away) {
    this.away = away;
  }

  /// Runs before the next rows are written, on the thread that writes them, once.
  void beforeNextSave(Runnable step) {
    beforeSave =
        () -> {
          beforeSave = () -> {};
          step.run();
        };
  }

  /// How many batches with at least one row were written.
  int saves() {
    return saves.get();
  }

  @Override
  public List<VerifierReport> all() {
    check();
    return List.copyOf(rows.values());
  }

  @Override
  public void save(Collection<VerifierReport> reports) {
    check();
    beforeSave.run();
    check();
    if (!reports.isEmpty()) {
      saves.incrementAndGet();
    }
    for (VerifierReport report : reports) {
      rows.merge(
          List.of(report.caller(), report.name()),
          report,
          (old, young) -> young.reportedAt().isAfter(old.reportedAt()) ? young : old);
    }
  }

  @Override
  public void forgetBefore(Instant reportedAt) {
    check();
    rows.values().removeIf(report -> report.reportedAt().isBefore(reportedAt));
  }

  private void check() {
    if (away) {
      throw new IllegalStateException("database: away");
    }
  }
}
