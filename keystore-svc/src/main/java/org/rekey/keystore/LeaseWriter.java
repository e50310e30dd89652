package org.rekey.keystore;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes the reports of a second in one go: with many verifiers the database sees one statement
/// batch per second and not one per report.
final class LeaseWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseWriter.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final Verifiers verifiers;
  private final Thread thread;
  private boolean failing;

  LeaseWriter(Verifiers verifiers) {
    this.verifiers = verifiers;
    this.thread = Thread.ofVirtual().name("lease-writer").start(this::run);
  }

  private void run() {
    while (true) {
      try {
        Thread.sleep(PERIOD);
      } catch (InterruptedException e) {
        return;
      }
      save();
    }
  }

  private synchronized void save() {
    try {
      verifiers.save();
      failing = false;
    } catch (RuntimeException e) {
      if (!failing) {
        failing = true;
        LOG.atWarn().setCause(e).log("Reports of verifiers cannot be written; kept in memory");
      }
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    save();
  }
}
