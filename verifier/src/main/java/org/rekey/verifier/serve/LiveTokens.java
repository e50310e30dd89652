package org.rekey.verifier.serve;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rekey.verifier.serve.Liveness.Live;
import org.rekey.verifier.serve.Liveness.NotLive;
import org.rekey.verifier.serve.Liveness.Unknown;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The registry's word, held in memory until [#forget], and otherwise for as long as one of two
/// things is true: it is younger than the time to live, or all revocations since it was asked for
/// have been heard ([Coverage]). So while the token feed is heard, verdicts cost no query, and
/// when it falls silent a revoked token is believed no longer than the time to live.
///
/// A token that is not remembered is asked about once for all who wait. Questions that arrive while
/// others are being answered share the next query, so the registry sees few queries however many
/// requests come. A word that is half its time old is renewed in the background, so that a session
/// in use never waits.
public final class LiveTokens {
  private static final Logger LOG = LoggerFactory.getLogger(LiveTokens.class);
  private static final int CONCURRENT_QUERIES = 4;
  private static final int IDS_IN_A_QUERY = 256;
  private static final int MAX_WAITING = 65_536;
  private static final Duration NO_FOR = Duration.ofSeconds(1);
  private static final Duration MAX_WAIT = Duration.ofSeconds(2);
  private static final Duration UNUSED = Duration.ofMinutes(15);

  /// Even a word that is covered is asked about again now and then, in the background: rows may be
  /// deleted by hand, without an event.
  private static final long COVERED_FOR_NANOS = Duration.ofHours(1).toNanos();

  private static final Unknown AWAY = new Unknown("the token registry cannot be asked");
  private static final Unknown SLOW = new Unknown("the token registry does not answer in time");

  private final TokenRegistry registry;
  private final long maxWaitMillis;
  private final long yesForNanos;
  private final long noForNanos;
  private final Ticker ticker;
  private final Coverage coverage;
  private final Cache<String, Word> words;
  private final Map<String, Question> open = new ConcurrentHashMap<>();
  private final Queue<Question> unasked = new ConcurrentLinkedQueue<>();
  private final Semaphore queries = new Semaphore(CONCURRENT_QUERIES);
  private volatile boolean away;

  private final Counter hits;
  private final Counter misses;
  private final Counter renewals;
  private final Timer queryTimer;
  private final Counter failures;

  /// @param size how many tokens to remember
  /// @param yesFor how long the word that a token is live may be held without coverage; a no is
  /// held for a second at most
  public LiveTokens(
      TokenRegistry registry,
      int size,
      Duration yesFor,
      Coverage coverage,
      Ticker ticker,
      MeterRegistry meters) {
    this(registry, size, yesFor, MAX_WAIT, coverage, ticker, meters);
  }

  /// @param maxWait how long one question may wait
  LiveTokens(
      TokenRegistry registry,
      int size,
      Duration yesFor,
      Duration maxWait,
      Coverage coverage,
      Ticker ticker,
      MeterRegistry meters) {
    this.registry = registry;
    this.maxWaitMillis = maxWait.toMillis();
    this.yesForNanos = yesFor.toNanos();
    this.noForNanos = Math.min(yesForNanos, NO_FOR.toNanos());
    this.coverage = coverage;
    this.ticker = ticker;
    this.words =
        Caffeine.newBuilder()
            .maximumSize(size)
            .expireAfterAccess(UNUSED)
            .ticker(ticker)
            // Its upkeep is short, and dearer to hand to another thread than to do.
            .executor(Runnable::run)
            .build();
    this.hits = lookups(meters, "hit");
    this.misses = lookups(meters, "miss");
    this.renewals = lookups(meters, "renewal");
    this.queryTimer =
        Timer.builder("rekey.registry.query")
            .description("Time of one query of the token registry, for one or many tokens")
            .register(meters);
    this.failures =
        Counter.builder("rekey.registry.failures")
            .description("Queries of the token registry that failed")
            .register(meters);
    meters.gauge("rekey.registry.remembered", words, Cache::estimatedSize);
  }

  /// What memory says; null if it says nothing. Never blocks.
  public @Nullable Liveness remembered(String tokenId) {
    Word word = words.getIfPresent(tokenId);
    if (word == null) {
      return null;
    }
    long now = ticker.read();
    long age = now - word.askedAt();
    switch (word.liveness()) {
      case Live _ -> {
        long goodFor = coverage.covers(word.askedAt(), now) ? COVERED_FOR_NANOS : yesForNanos;
        if (age >= goodFor) {
          return null;
        }
        if (age > goodFor / 2 && !open.containsKey(tokenId)) {
          renewals.increment();
          var _ = question(tokenId);
        }
      }
      case NotLive _, Unknown _ -> {
        if (age >= noForNanos) {
          return null;
        }
      }
    }
    hits.increment();
    return word.liveness();
  }

  /// Asks the registry. Never blocks; completes on another thread, within two seconds and never
  /// exceptionally.
  public CompletionStage<Liveness> ask(String tokenId) {
    misses.increment();
    return question(tokenId);
  }

  /// The token is live no more: an answer that is still on its way will not be remembered.
  public void forget(String tokenId) {
    open.compute(
        tokenId,
        (id, _) -> {
          words.invalidate(id);
          return null;
        });
  }

  /// No token is live any more; see [#forget].
  public void forgetAll() {
    open.keySet().forEach(this::forget);
    words.invalidateAll();
  }

  /// While the registry is away, one question at a time finds out whether it still is; the others
  /// are answered at once instead of piling up behind it.
  private CompletableFuture<Liveness> question(String tokenId) {
    if (away && !open.isEmpty() && !open.containsKey(tokenId)) {
      return CompletableFuture.completedFuture(AWAY);
    }
    Question mine = new Question(tokenId, new CompletableFuture<>());
    Question asked = open.putIfAbsent(tokenId, mine);
    if (asked != null) {
      return asked.answer();
    }
    if (open.size() > MAX_WAITING) {
      open.remove(tokenId, mine);
      mine.answer().complete(new Unknown("too many questions wait for the token registry"));
      return mine.answer();
    }
    unasked.add(mine);
    startQueries();
    return mine.answer().completeOnTimeout(SLOW, maxWaitMillis, TimeUnit.MILLISECONDS);
  }

  private void startQueries() {
    while (!unasked.isEmpty() && queries.tryAcquire()) {
      try {
        Thread.ofVirtual().name("registry").start(this::query);
      } catch (Error e) {
        queries.release();
        throw e;
      }
    }
  }

  /// Releasing comes before looking again: who adds a question while all are busy relies on it.
  private void query() {
    try {
      List<Question> batch = new ArrayList<>();
      Question next = unasked.poll();
      while (next != null) {
        batch.add(next);
        next = batch.size() < IDS_IN_A_QUERY ? unasked.poll() : null;
      }
      if (!batch.isEmpty()) {
        answer(batch);
      }
    } finally {
      queries.release();
      startQueries();
    }
  }

  private void answer(List<Question> batch) {
    long askedAt = ticker.read();
    Map<String, LiveToken> live;
    try {
      List<String> ids = batch.stream().map(Question::tokenId).toList();
      live = queryTimer.record(() -> registry.live(ids));
    } catch (RuntimeException | Error e) {
      failures.increment();
      away = true;
      LOG.atWarn()
          .addKeyValue("tokens", batch.size())
          .addKeyValue("error", e.toString())
          .log("the token registry cannot be asked");
      batch.forEach(question -> unanswered(question));
      return;
    }
    away = false;
    for (Question question : batch) {
      LiveToken token = live.get(question.tokenId());
      answered(question, new Word(token == null ? new NotLive() : new Live(token), askedAt));
    }
  }

  /// Remembering and [#forget] exclude each other for one token, so a word from before a revocation
  /// cannot outlive it.
  private void answered(Question question, Word word) {
    open.computeIfPresent(
        question.tokenId(),
        (id, current) -> {
          if (current != question) {
            return current;
          }
          words.put(id, word);
          return null;
        });
    question.answer().complete(word.liveness());
  }

  private void unanswered(Question question) {
    open.remove(question.tokenId(), question);
    question.answer().complete(AWAY);
  }

  private static Counter lookups(MeterRegistry meters, String outcome) {
    return Counter.builder("rekey.registry.lookups")
        .description("Questions whether a token is live: answered from memory, not, or renewed")
        .tag("outcome", outcome)
        .register(meters);
  }

  /// Compared by identity: two questions about one token are two.
  private static final class Question {
    private final String tokenId;
    private final CompletableFuture<Liveness> answer;

    Question(String tokenId, CompletableFuture<Liveness> answer) {
      this.tokenId = tokenId;
      this.answer = answer;
    }

    String tokenId() {
      return tokenId;
    }

    CompletableFuture<Liveness> answer() {
      return answer;
    }
  }

  /// @param askedAt when the query began, so that time on the wire counts as age
  private record Word(Liveness liveness, long askedAt) {}
}
