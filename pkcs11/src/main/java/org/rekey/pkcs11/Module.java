package org.rekey.pkcs11;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.rekey.pkcs11.UnusableTokenKeyException.Flaw;

/// A loaded library, once for the whole process, as the standard wants it. Its calls are made by a
/// few threads of its own: a call may hang for as long as a network HSM likes, and must hang
/// neither a caller nor the carriers of virtual threads.
final class Module {
  /// Also the largest number of sessions that a token sees from here.
  static final int THREADS = 4;

  private static final int WAITING = 256;
  private static final long REFRESH_AFTER_NANOS = Duration.ofSeconds(2).toNanos();
  private static final int MOST_DOUBLINGS = 7;
  private static final Map<Path, Module> LOADED = new ConcurrentHashMap<>();

  private final Path path;
  private final Cryptoki cryptoki;
  private final ThreadPoolExecutor threads;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final Map<Map<String, String>, Token> tokens = new ConcurrentHashMap<>();
  private final AtomicInteger refreshedInVain = new AtomicInteger();
  private volatile long refreshed = System.nanoTime();
  private final AtomicInteger generation = new AtomicInteger();

  private Module(Path path, Cryptoki cryptoki) {
    this.path = path;
    this.cryptoki = cryptoki;
    this.threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name("pkcs11-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /// @throws UnusableTokenKeyException when it cannot be loaded
  static synchronized Module at(Path path) throws UnusableTokenKeyException {
    var loaded = LOADED.get(path);
    if (loaded != null) {
      return loaded;
    }
    try {
      var cryptoki = new Cryptoki(path);
      cryptoki.initialize();
      var module = new Module(path, cryptoki);
      LOADED.put(path, module);
      return module;
    } catch (IllegalArgumentException | CryptokiException e) {
      throw new UnusableTokenKeyException(
          Flaw.MODULE,
          "the PKCS#11 module %s cannot be loaded: %s (expected: a library for this machine)"
              .formatted(path, e.getMessage()));
    }
  }

  /// The token that a URI names. Two URIs that name it the same way share its sessions.
  Token token(Pkcs11Uri uri) {
    return tokens.computeIfAbsent(uri.token(), _ -> new Token(this, uri));
  }

  /// What is done with the library, and may fail as it does.
  interface Work<T> {
    T with(Cryptoki cryptoki) throws CryptokiException, UnusableTokenKeyException;
  }

  /// Does it on one of the module's threads.
  ///
  /// @throws TokenUnavailableException when there is no answer in time, or too many wait already
  <T> T call(String token, Duration patience, Work<T> work)
      throws TokenUnavailableException, UnusableTokenKeyException {
    var task = new FutureTask<>(locked(work));
    try {
      threads.execute(task);
      return task.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      throw new TokenUnavailableException(
          "%s: %d calls wait for its module already (is it busy or hung?)"
              .formatted(token, WAITING));
    } catch (TimeoutException e) {
      task.cancel(false);
      throw new TokenUnavailableException(
          "%s: no answer for %d ms (is it busy or hung?)".formatted(token, patience.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TokenUnavailableException(token + ": interrupted");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case UnusableTokenKeyException flaw -> throw flaw;
        case CryptokiException failure ->
            throw new TokenUnavailableException(token + ": " + failure.getMessage());
        case null, default -> throw new IllegalStateException(path + ": unexpected", e.getCause());
      }
    }
  }

  private <T> Callable<T> locked(Work<T> work) {
    return () -> {
      lock.readLock().lock();
      try {
        return work.with(cryptoki);
      } finally {
        lock.readLock().unlock();
      }
    };
  }

  /// Which life of the library it is: sessions of an earlier one are worth nothing.
  int generation() {
    return generation.get();
  }

  /// Ends the library and starts it anew: some see tokens that come and go only then. To be called
  /// within [#call], where a token or a key is missing. Nothing happens while others work with the
  /// library, or too soon after the last time: two seconds, and up to four minutes when it was in
  /// vain, because it ends the sessions of tokens that are well. Answers whether it was done.
  boolean refresh() throws CryptokiException {
    var pause = REFRESH_AFTER_NANOS << Math.min(refreshedInVain.get(), MOST_DOUBLINGS);
    if (System.nanoTime() - refreshed < pause) {
      return false;
    }
    lock.readLock().unlock();
    try {
      if (!lock.writeLock().tryLock()) {
        return false;
      }
      try {
        refreshed = System.nanoTime();
        refreshedInVain.incrementAndGet();
        generation.incrementAndGet();
        cryptoki.finish();
        cryptoki.initialize();
        return true;
      } finally {
        lock.writeLock().unlock();
      }
    } finally {
      lock.readLock().lock();
    }
  }

  /// What was missing is there now.
  void refreshHelped() {
    refreshedInVain.set(0);
  }
}
