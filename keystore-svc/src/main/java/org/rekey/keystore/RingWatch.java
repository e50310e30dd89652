package org.rekey.keystore;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.files.DirectoryWatch;
import org.rekey.keystore.files.KeyDirectory;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.runtime.config.SettingsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that looks at the directories of all rings: when the kernel says that something
/// changed, when a file will have settled, and every two seconds in any case. It also reads what
/// other keystores have appended, and sees to what is due.
public final class RingWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RingWatch.class);
  private static final Duration RESCAN = Duration.ofSeconds(2);
  private static final Duration SETTLE_AT_START = Duration.ofSeconds(5);

  private final List<Ring> rings;
  private final KeyHistory history;
  private final InstantSource clock;
  private final Duration rescan;
  private final Runnable due;
  private final Semaphore bell = new Semaphore(0);
  private final DirectoryWatch directories = new DirectoryWatch(this::wake);
  private final Thread thread = Thread.ofPlatform().name("key-rings").daemon().unstarted(this::run);
  private volatile boolean closed;
  private boolean failing;

  /// @param lease the key log is read several times in it
  /// @param due what else may be due after each look
  public RingWatch(
      List<Ring> rings, KeyHistory history, InstantSource clock, Duration lease, Runnable due) {
    this.rescan = min(RESCAN, lease.dividedBy(4));
    this.due = due;
    this.rings = rings;
    this.history = history;
    this.clock = clock;
  }

  /// A ring's keys and what the settings say of them.
  public record Ring(RingKeeper keeper, ConfiguredKey configured) {}

  /// Takes the directories over as they are, then goes on watching.
  ///
  /// @throws SettingsException when a ring cannot start, a line for each
  public void start() {
    rings.forEach(ring -> directories.watch(ring.keeper().watched()));
    var looks = rings.stream().map(ring -> settledLook(ring.keeper())).toList();
    var problems = new ArrayList<String>();
    for (int i = 0; i < rings.size(); i++) {
      new RingStart(rings.get(i).keeper().ring(), history.map())
          .problem(looks.get(i))
          .ifPresent(problems::add);
    }
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    for (int i = 0; i < rings.size(); i++) {
      if (looks.get(i) instanceof KeyDirectory.Seen seen) {
        rings.get(i).keeper().apply(seen);
      }
      rings.get(i).configured().consider();
      rings.get(i).configured().warn();
    }
    thread.start();
  }

  /// Has every ring looked at now.
  public void wake() {
    bell.release();
  }

  private KeyDirectory.Look settledLook(RingKeeper keeper) {
    var end = clock.instant().plus(SETTLE_AT_START);
    while (true) {
      var look = keeper.look(clock.instant());
      if (!(look instanceof KeyDirectory.Seen seen)
          || seen.lookAgain() == null
          || seen.lookAgain().isAfter(end)) {
        return look;
      }
      try {
        Thread.sleep(until(seen.lookAgain()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return look;
      }
    }
  }

  private void run() {
    while (!closed) {
      var next = clock.instant().plus(rescan);
      RuntimeException failure = null;
      try {
        history.refresh();
      } catch (RuntimeException e) {
        failure = e;
      }
      for (Ring ring : rings) {
        try {
          var again = look(ring);
          next = again != null && again.isBefore(next) ? again : next;
        } catch (RuntimeException e) {
          failure = e;
        }
      }
      try {
        due.run();
      } catch (RuntimeException e) {
        failure = e;
      }
      report(failure);
      try {
        if (bell.tryAcquire(until(next).toMillis(), TimeUnit.MILLISECONDS)) {
          bell.drainPermits();
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private @Nullable Instant look(Ring ring) {
    directories.watch(ring.keeper().watched());
    var again = ring.keeper().tick(clock.instant());
    ring.configured().consider();
    return again;
  }

  /// Once when it begins and once when it is over: a database may be away for hours.
  private void report(@Nullable RuntimeException failure) {
    if (failure != null && !failing) {
      LOG.atError()
          .setCause(failure)
          .log("The key log cannot be brought in line with the key files");
    } else if (failure == null && failing) {
      LOG.atInfo().log("The key log is in line with the key files again");
    }
    failing = failure != null;
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private Duration until(Instant instant) {
    var left = Duration.between(clock.instant(), instant).plusMillis(1);
    return left.isNegative() ? Duration.ZERO : left;
  }

  @Override
  public void close() {
    closed = true;
    wake();
    try {
      if (thread.isAlive() && !thread.join(Duration.ofSeconds(5))) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      directories.close();
    }
  }
}
