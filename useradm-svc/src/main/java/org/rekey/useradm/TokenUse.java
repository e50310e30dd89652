package org.rekey.useradm;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.rekey.verifier.serve.LiveToken;
import org.rekey.verifier.serve.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Remembers when personal access tokens were last used, and the kids of tokens of which they were
/// not known, and writes both down in batches. Told of every accepted token, so it never blocks and
/// makes no object unless a token is new to it.
///
/// What is not written when the process dies is lost: at most a period's uses, of which the next
/// ones tell.
public final class TokenUse implements Consumer<Verdict.Accepted>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TokenUse.class);
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final long RESOLUTION_MILLIS = 1000;
  private static final int MAX_REMEMBERED = 100_000;
  private static final int BATCH = 1000;

  private final TokenNotes notes;
  private final UnknownKids unknown;
  private final Duration atMostEvery;
  private final int maxRemembered;
  private final InstantSource clock;
  private final Map<String, Use> uses = new ConcurrentHashMap<>();
  private final Map<String, Long> kids = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("token-use").factory());

  /// @param atMostEvery how often one token's last use is written; zero: never
  public TokenUse(
      TokenNotes notes, UnknownKids unknown, Duration atMostEvery, InstantSource clock) {
    this(notes, unknown, atMostEvery, MAX_REMEMBERED, clock);
  }

  TokenUse(
      TokenNotes notes,
      UnknownKids unknown,
      Duration atMostEvery,
      int maxRemembered,
      InstantSource clock) {
    this.notes = notes;
    this.unknown = unknown;
    this.atMostEvery = atMostEvery;
    this.maxRemembered = maxRemembered;
    this.clock = clock;
  }

  public void start() {
    var _ =
        timer.scheduleWithFixedDelay(
            this::flushOrWarn, PERIOD.toMillis(), PERIOD.toMillis(), MILLISECONDS);
  }

  @Override
  public void accept(Verdict.Accepted accepted) {
    if (accepted.kind() == LiveToken.Kind.PERSONAL_ACCESS_TOKEN && !atMostEvery.isZero()) {
      used(accepted.tokenId(), clock.millis());
    }
    if (unknown.contains(accepted.tokenId()) && kids.size() < maxRemembered) {
      kids.put(accepted.tokenId(), accepted.kid());
      unknown.remove(accepted.tokenId());
    }
  }

  /// A token's newest use is kept to the second, so that a busy token is not written by all threads
  /// at once.
  private void used(String tokenId, long now) {
    Use use = uses.get(tokenId);
    if (use != null) {
      if (now - use.at >= RESOLUTION_MILLIS) {
        use.at = now;
      }
    } else if (uses.size() < maxRemembered) {
      uses.put(tokenId, new Use(now));
    }
  }

  /// Writes what is due. One at a time.
  synchronized void flush() {
    flushKids();
    flushUses();
  }

  private void flushKids() {
    for (Map<String, Long> batch : batches(kids)) {
      notes.noteKids(batch);
      batch.keySet().forEach(kids::remove);
    }
  }

  private void flushUses() {
    long now = clock.millis();
    long pause = atMostEvery.toMillis();
    Map<String, Instant> due = new HashMap<>();
    uses.forEach(
        (id, use) -> {
          if (use.at > use.writtenAt && (use.writtenAt == 0 || now - use.writtenAt >= pause)) {
            due.put(id, Instant.ofEpochMilli(use.at));
          } else if (now - use.at >= pause) {
            uses.remove(id, use);
          }
        });
    for (Map<String, Instant> batch : batches(due)) {
      notes.noteUses(batch, atMostEvery);
      batch.keySet().forEach(id -> uses.computeIfPresent(id, (_, use) -> use.written(now)));
    }
  }

  private static <V> List<Map<String, V>> batches(Map<String, V> all) {
    List<Map<String, V>> batches = new ArrayList<>();
    Map<String, V> batch = new HashMap<>();
    for (Map.Entry<String, V> entry : all.entrySet()) {
      batch.put(entry.getKey(), entry.getValue());
      if (batch.size() == BATCH) {
        batches.add(batch);
        batch = new HashMap<>();
      }
    }
    if (!batch.isEmpty()) {
      batches.add(batch);
    }
    return batches;
  }

  private void flushOrWarn() {
    try {
      flush();
    } catch (RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("error", e.toString())
          .log("the last use of tokens could not be noted; it is tried again");
    }
  }

  /// Writes for the last time, after a flush that is under way.
  @Override
  public void close() {
    timer.shutdown();
    flushOrWarn();
  }

  /// The newest use of one token. Written by many threads, the last of which may win: they differ
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
