package org.rekey.keystore;

import java.util.ArrayList;
import java.util.List;
import org.rekey.keystore.log.Journal;
import org.rekey.proto.keystore.v1.SignedKeyEvent;

/// A journal that several keystores share, and that breaks when a test says so.
final class MemoryJournal implements Journal {
  private final List<SignedKeyEvent> events = new ArrayList<>();
  private boolean away;
  private boolean losesAnswers;
  private Runnable beforeAppend = () -> {};

  synchronized void setAway(boolean away) {
    this.away = away;
  }

  /// What is appended from now on is written, and whoever appended it is not told.
  synchronized void setLosesAnswers(boolean losesAnswers) {
    this.losesAnswers = losesAnswers;
  }

  /// Runs before the next append, once: another keystore's turn.
  synchronized void beforeNextAppend(Runnable step) {
    beforeAppend = step;
  }

  @Override
  public synchronized List<SignedKeyEvent> after(long epoch) {
    check();
    return List.copyOf(events.subList((int) epoch, events.size()));
  }

  @Override
  public boolean append(long epoch, SignedKeyEvent event) {
    takeStep().run();
    synchronized (this) {
      check();
      if (events.size() != epoch - 1) {
        return false;
      }
      events.add(event);
      if (losesAnswers) {
        throw new IllegalStateException("connection: lost");
      }
      return true;
    }
  }

  private synchronized Runnable takeStep() {
    var step = beforeAppend;
    beforeAppend = () -> {};
    return step;
  }

  private void check() {
    if (away) {
      throw new IllegalStateException("database: away");
    }
  }
}
