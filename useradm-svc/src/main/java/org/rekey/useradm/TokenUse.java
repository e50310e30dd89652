package org.rekey.useradm;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.serve.LastUses;
import org.rekey.verifier.serve.LiveToken;
import org.rekey.verifier.serve.Verdict;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What accepted tokens teach: when personal access tokens were last used, and the kids of tokens
/// of which they were not known. Told of every accepted token, so it never blocks and makes no
/// object unless a token is new to it.
///
/// What is not written when the process dies is lost: at most a period's uses, of which the next
/// ones tell.
public final class TokenUse implements Consumer<Verdict.Accepted>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TokenUse.class);
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final int MAX_REMEMBERED = 100_000;
  private static final int BATCH = 1000;

  private final TokenNotes notes;
  private final UnknownKids unknown;
  private final @Nullable LastUses uses;
  private final int maxRemembered;
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
    this.maxRemembered = maxRemembered;
    this.uses =
        atMostEvery.isZero()
            ? null
            : new LastUses(notes::noteUses, atMostEvery, maxRemembered, clock);
  }

  public void start() {
    if (uses != null) {
      uses.start();
    }
    var _ =
        timer.scheduleWithFixedDelay(
            this::flushKidsOrWarn, PERIOD.toMillis(), PERIOD.toMillis(), MILLISECONDS);
  }

  @Override
  public void accept(Verdict.Accepted accepted) {
    if (uses != null && accepted.kind() == LiveToken.Kind.PERSONAL_ACCESS_TOKEN) {
      uses.used(accepted.tokenId());
    }
    if (unknown.contains(accepted.tokenId()) && kids.size() < maxRemembered) {
      kids.put(accepted.tokenId(), accepted.kid());
      unknown.remove(accepted.tokenId());
    }
  }

  /// Writes what is due.
  void flush() {
    flushKids();
    if (uses != null) {
      uses.flush();
    }
  }

  private synchronized void flushKids() {
    Map<String, Long> batch = new HashMap<>();
    for (Map.Entry<String, Long> entry : kids.entrySet()) {
      batch.put(entry.getKey(), entry.getValue());
      if (batch.size() == BATCH) {
        writeKids(batch);
        batch.clear();
      }
    }
    if (!batch.isEmpty()) {
      writeKids(batch);
    }
  }

  private void writeKids(Map<String, Long> batch) {
    notes.noteKids(Map.copyOf(batch));
    batch.keySet().forEach(kids::remove);
  }

  private void flushKidsOrWarn() {
    try {
      flushKids();
    } catch (RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("error", e.toString())
          .log("the kids of tokens could not be noted; it is tried again");
    }
  }

  /// Writes for the last time, after a flush that is under way.
  @Override
  public void close() {
    timer.shutdown();
    flushKidsOrWarn();
    if (uses != null) {
      uses.close();
    }
  }
}
