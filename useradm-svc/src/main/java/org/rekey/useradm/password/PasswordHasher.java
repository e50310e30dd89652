package org.rekey.useradm.password;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.security.SecureRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Hashes and checks passwords on threads of its own, a bounded number of them with a bounded
/// queue: a hash costs tens of milliseconds and megabytes, so a flood of logins must end in [Busy]
/// and not in a service without memory.
public final class PasswordHasher implements AutoCloseable {
  private final Argon2id cost;
  private final HashMemory memory;
  private final SecureRandom random;
  private final ThreadPoolExecutor threads;
  private final Timer timer;
  private final PasswordHash nobodys;
  private final IntSupplier bcryptCost;

  /// @param bcryptCost the dearest bcrypt hash that a user may have; 0 when there is none. While
  /// there are such, a failure costs one hash of each kind, so that its time does not tell who was
  /// taken over from another system.
  public PasswordHasher(
      Argon2id cost,
      int threads,
      int queue,
      IntSupplier bcryptCost,
      SecureRandom random,
      MeterRegistry meters) {
    this.cost = cost;
    this.memory = new HashMemory(cost, threads);
    this.bcryptCost = bcryptCost;
    this.random = random;
    this.threads =
        new ThreadPoolExecutor(
            threads,
            threads,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(queue),
            Thread.ofPlatform().name("password-", 0).daemon().factory());
    this.threads.allowCoreThreadTimeOut(true);
    this.timer =
        Timer.builder("rekey.password.hash")
            .description("Time to compute one password hash, without waiting for a thread")
            .register(meters);
    meters.gauge("rekey.password.hash.queued", this.threads, pool -> pool.getQueue().size());
    this.nobodys =
        PasswordHash.of(bytes(Argon2id.HASH_BYTES), bytes(Argon2id.SALT_BYTES), cost, memory);
  }

  /// The PHC string to store.
  public String hash(String password) {
    byte[] salt = bytes(Argon2id.SALT_BYTES);
    return run(() -> PasswordHash.of(password.getBytes(UTF_8), salt, cost, memory).phc());
  }

  /// Whether this is the password of the hash. Without a hash the answer is no, at the price of a
  /// no with one: who measures the time does not learn which users exist.
  ///
  /// @param stored a PHC string of argon2id or a bcrypt hash; null when there is no such user
  public Match check(String password, @Nullable String stored) {
    byte[] bytes = password.getBytes(UTF_8);
    if (stored != null && Bcrypt.isOne(stored)) {
      Bcrypt expected = Bcrypt.parse(stored);
      return run(
          () -> {
            if (expected.matches(bytes)) {
              return Match.RIGHT_BUT_OUTDATED;
            }
            spend(nobodys.matches(bytes, memory));
            return Match.WRONG;
          });
    }
    int bcrypt = bcryptCost.getAsInt();
    PasswordHash expected = stored == null ? nobodys : PasswordHash.parse(stored);
    return run(
        () -> {
          if (expected.matches(bytes, memory) && stored != null) {
            return expected.isMadeWith(cost) ? Match.RIGHT : Match.RIGHT_BUT_OUTDATED;
          }
          if (bcrypt > 0) {
            spend(Bcrypt.nobodys(bcrypt).matches(bytes));
          }
          return Match.WRONG;
        });
  }

  /// As [#check], for who does not care how the hash was made.
  public boolean matches(String password, @Nullable String stored) {
    return check(password, stored).isRight();
  }

  /// The result of work that is done for the sake of its time.
  private static void spend(boolean unused) {}

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private <T> T run(Callable<T> work) {
    try {
      return threads.submit(() -> timer.recordCallable(work)).get();
    } catch (RejectedExecutionException e) {
      throw new Busy();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Busy();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a password could not be hashed", e.getCause());
    }
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /// More passwords wait to be hashed than the queue holds.
  public static final class Busy extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Busy() {
      super("too many passwords wait to be checked", null, false, false);
    }
  }
}
