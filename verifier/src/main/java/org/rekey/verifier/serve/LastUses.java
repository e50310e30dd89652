package org.rekey.verifier.serve;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Remembers when tokens, or whose they are, were last used, and writes it down in batches. Told on
/// the hot path, so it never blocks and makes no object unless something is new to it.
///
/// What is not written when the process dies is lost: at most a period's uses, of which the next
/// ones tell. Bounded: what does not fit is met again at a later use.
public final class LastUses implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LastUses.class);
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final long RESOLUTION_MILLIS = 1000;
  private static final int BATCH = 1000;

  private final Notes notes;
  private final Duration atMostEvery;
  private final int maxRemembered;
  private final InstantSource clock;
  private final Map<String, Use> uses = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("last-uses").factory());

  /// @param atMostEvery how often the last use of one thing is written
  public LastUses(Notes notes, Duration atMostEvery, int maxRemembered, InstantSource clock) {
    this.notes = notes;
    this.atMostEvery = atMostEvery;
    this.maxRemembered = maxRemembered;
    this.clock = clock;
  }

  public void start() {
    var _ =
        timer.scheduleWithFixedDelay(
            this::flushOrWarn, PERIOD.toMillis(), PERIOD.toMillis(), MILLISECONDS);
  }

  /// Now. The newest use is kept to the second, so that what is busy is not written by all threads
  /// at once.
  public void used(String id) {
    long now = clock.millis();
    Use use = uses.get(id);
    if (use != null) {
      if (now - use.at >= RESOLUTION_MILLIS) {
        use.at = now;
      }
    } else if (uses.size() < maxRemembered) {
      uses.put(id, new Use(now));
    }
  }

  /// Writes what is due. One at a time.
  public synchronized void flush() {
    long now = clock.millis();
    long pause = atMostEvery.toMillis();
    Map<String, Instant> due = new HashMap<>();
    uses.forEach(
        (id, use) -> {
          if (use.at > use.writtenAt && (use.writtenAt == 0 || now - use.writtenAt >= pause)) {
            due.put(id, Instant.ofEpochMilli(use.at));
            if (due.size() == BATCH) {
              write(due, now);
              due.clear();
            }
          } else if (now - use.at >= pause) {
            uses.remove(id, use);
          }
        });
    if (!due.isEmpty()) {
      write(due, now);
    }
  }

  private void write(Map<String, Instant> due, long now) {
    notes.note(Map.copyOf(due), atMostEvery);
    due.keySet().forEach(id -> uses.computeIfPresent(id, (_, use) -> use.written(now)));
  }

  private void flushOrWarn() {
    try {
      flush();
    } catch (RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("error", e.toString())
          .log("last uses could not be noted; it is tried again");
    }
  }

  /// Writes for the last time, after a flush that is under way.
  @Override
  public void close() {
    timer.shutdown();
    flushOrWarn();
  }

  /// Where uses are written down. May block, and throw.
  @FunctionalInterface
  public interface Notes {
    /// @param notNewerThan what is already noted stays if it is younger than this before the use
    void note(Map<String, Instant> uses, Duration notNewerThan);
  }

  /// The newest use of one thing. Written by many threads, the last of which may win: they differ
  /// by less than anybody asks for.
  private static final class Use {
    private volatile long at;
    private volatile long writtenAt;

    Use(long at) {
      this.at = at;
    }

    Use written(long now) {
      writtenAt = now;
      return this;
    }
  }
}
