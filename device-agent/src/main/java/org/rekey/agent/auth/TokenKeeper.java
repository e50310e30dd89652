package org.rekey.agent.auth;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rekey.agent.AgentFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The device's token. One thread asks for it: at the start, before it ends, and when somebody has
/// found that it is no good; all who wait get the same answer.
public final class TokenKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TokenKeeper.class);
  private static final Duration SHORTEST_LIFE = Duration.ofSeconds(1);

  /// Renewed when a tenth of its time is left.
  private static final int LEFT = 10;

  /// A server that gives tokens and then refuses them would be asked for ever.
  private static final int ASKED_AT_ONCE = 3;

  private static final Duration ONE_MORE_AFTER = Duration.ofSeconds(10);

  private final Authorizer authorizer;
  private final Backoff backoff;
  private final InstantSource clock;
  private final Allowance allowance;
  private final List<Consumer<Optional<Token>>> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread = Thread.ofVirtual().name("tokens").unstarted(this::run);
  private List<CompletableFuture<Optional<Token>>> waiting = new ArrayList<>();
  private @Nullable Token token;
  private Instant nextAttempt;
  private boolean isAsking;
  private boolean isClosed;

  public TokenKeeper(Authorizer authorizer, Backoff backoff, InstantSource clock) {
    this.authorizer = authorizer;
    this.backoff = backoff;
    this.clock = clock;
    this.allowance = new Allowance(ASKED_AT_ONCE, ONE_MORE_AFTER, clock);
    this.nextAttempt = clock.instant();
  }

  public void start() {
    thread.start();
  }

  /// Told, on the thread that asks, after every attempt that a server has answered; empty: refused.
  public void whenAnswered(Consumer<Optional<Token>> listener) {
    listeners.add(listener);
  }

  public Optional<Token> current() {
    lock.lock();
    try {
      return Optional.ofNullable(token);
    } finally {
      lock.unlock();
    }
  }

  /// Asks now, however good the token is.
  public void refresh() {
    lock.lock();
    try {
      nextAttempt = clock.instant();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// A token in place of one that a server has refused.
  ///
  /// @param refused its text; empty: there was none
  /// @return empty when none is to be had now; completed on the thread that asks
  public CompletableFuture<Optional<Token>> inPlaceOf(String refused) {
    lock.lock();
    try {
      Token now = token;
      if (now != null && !now.text().equals(refused)) {
        return CompletableFuture.completedFuture(Optional.of(now));
      }
      boolean isUnderWay = isAsking || !waiting.isEmpty();
      if (isClosed || (!isUnderWay && !allowance.take())) {
        return CompletableFuture.completedFuture(Optional.empty());
      }
      CompletableFuture<Optional<Token>> answer = new CompletableFuture<>();
      waiting.add(answer);
      if (!isUnderWay) {
        nextAttempt = clock.instant();
        changed.signalAll();
      }
      return answer;
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (awaitAttempt()) {
      attempt();
    }
    answer(Optional.empty(), waiters());
  }

  private boolean awaitAttempt() {
    lock.lock();
    try {
      while (!isClosed) {
        Duration left = Duration.between(clock.instant(), nextAttempt);
        if (!left.isPositive()) {
          isAsking = true;
          return true;
        }
        var _ = changed.await(left.toMillis() + 1, TimeUnit.MILLISECONDS);
      }
      return false;
    } catch (InterruptedException e) {
      return false;
    } finally {
      lock.unlock();
    }
  }

  /// Whoever joins while it is under way gets what comes of it: their token was refused before.
  private void attempt() {
    Optional<Token> answered = Optional.empty();
    boolean isTold = true;
    try {
      switch (authorizer.ask()) {
        case Answer.Issued(Token issued, boolean isUnfinished) -> {
          answered = Optional.of(issued);
          if (!isUnfinished) {
            backoff.reset();
          }
          set(issued, isUnfinished ? backoff.next() : untilRenewal(issued));
          LOG.atInfo().addKeyValue("server", issued.server()).log("the device has a new token");
        }
        case Answer.Refused(String why) -> {
          set(null, backoff.next());
          LOG.atInfo().addKeyValue("error", why).log("the device may not come in yet");
        }
        case Answer.Unreachable(String why) -> {
          isTold = false;
          postpone(backoff.next());
          LOG.atWarn().addKeyValue("error", why).log("no server has answered");
        }
      }
    } catch (AgentFailure e) {
      isTold = false;
      postpone(backoff.next());
      LOG.atError().addKeyValue("error", e.getMessage()).log("the device cannot ask for a token");
    } catch (RuntimeException e) {
      isTold = false;
      postpone(backoff.next());
      LOG.error("asking for a token has failed", e);
    }
    Optional<Token> last = answered;
    if (isTold) {
      listeners.forEach(listener -> listener.accept(last));
    }
    answer(last, waiters());
  }

  private Duration untilRenewal(Token issued) {
    return issued
        .expires()
        .map(end -> Duration.between(clock.instant(), end))
        .map(life -> life.minus(life.dividedBy(LEFT)))
        .map(wait -> wait.compareTo(SHORTEST_LIFE) < 0 ? SHORTEST_LIFE : wait)
        .orElse(Duration.ofDays(365));
  }

  private void set(@Nullable Token answered, Duration wait) {
    lock.lock();
    try {
      token = answered;
    } finally {
      lock.unlock();
    }
    postpone(wait);
  }

  private void postpone(Duration wait) {
    lock.lock();
    try {
      nextAttempt = clock.instant().plus(wait);
    } finally {
      lock.unlock();
    }
  }

  private List<CompletableFuture<Optional<Token>>> waiters() {
    lock.lock();
    try {
      List<CompletableFuture<Optional<Token>>> all = waiting;
      waiting = new ArrayList<>();
      isAsking = false;
      return all;
    } finally {
      lock.unlock();
    }
  }

  private static void answer(
      Optional<Token> answer, List<CompletableFuture<Optional<Token>>> waiters) {
    waiters.forEach(waiter -> waiter.complete(answer));
  }

  @Override
  public void close() {
    lock.lock();
    try {
      isClosed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (thread.getState() == Thread.State.NEW) {
      return;
    }
    thread.interrupt();
    try {
      var _ = thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
