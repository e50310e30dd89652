package org.rekey.keystore;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Once a second, writes the reports of that second in one go (with many verifiers the database
/// sees one statement batch and not one per report), and that this keystore is there.
final class LeaseWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseWriter.class);

  /// By how much its word may be late when the machine is busy.
  static final Duration LATE = Duration.ofSeconds(3);

  private static final Duration FORGET_AFTER = Duration.ofDays(1);

  private final Verifiers verifiers;
  private final KeystoreInstances instances;
  private final String name;
  private final Thread thread;
  private boolean failing;

  LeaseWriter(Verifiers verifiers, KeystoreInstances instances, String name) {
    this.verifiers = verifiers;
    this.instances = instances;
    this.name = name;
    // Before this keystore looks at its directories: of two that start at once, one sees the other.
    instances.beat(name);
    this.thread = Thread.ofVirtual().name("lease-writer").start(this::run);
  }

  private void run() {
    while (true) {
      try {
        Thread.sleep(Verifiers.SAVE_EVERY);
      } catch (InterruptedException e) {
        return;
      }
      save();
    }
  }

  private synchronized boolean save() {
    try {
      verifiers.save();
      instances.beat(name);
      instances.forget(FORGET_AFTER);
      failing = false;
      return true;
    } catch (RuntimeException e) {
      if (!failing) {
        failing = true;
        LOG.atWarn().setCause(e).log("Reports of verifiers cannot be written; kept in memory");
      }
      return false;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    synchronized (this) {
      if (save()) {
        instances.leave(name);
      }
    }
  }
}
