package org.rekey.cli.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.rekey.cli.CommandFailed;

/// Clients that don't know of any rotation: they go on asking, with good tokens that must be let
/// through and now and then with a forged one that must not.
final class Traffic implements AutoCloseable {
  private static final int CLIENTS = 8;
  private static final Duration PAUSE = Duration.ofMillis(25);
  private static final int EVERY_TENTH = 10;
  private static final int UNAUTHORIZED = 401;

  private final GatewayClient gateway;
  private final AtomicInteger good = new AtomicInteger();
  private final AtomicInteger goodRefused = new AtomicInteger();
  private final AtomicInteger bad = new AtomicInteger();
  private final AtomicInteger badLetThrough = new AtomicInteger();
  private final Map<String, Integer> byKid = new TreeMap<>();
  private final List<Thread> clients = new ArrayList<>();
  private final AtomicIntegerArray finished = new AtomicIntegerArray(CLIENTS);
  private final long startedAt = System.nanoTime();
  private volatile List<Token> tokens;
  private volatile boolean isOver;

  Traffic(GatewayClient gateway, Token first) {
    this.gateway = gateway;
    this.tokens = List.of(first);
    for (int i = 0; i < CLIENTS; i++) {
      int client = i;
      clients.add(Thread.ofVirtual().name("client-" + i).start(() -> ask(client)));
    }
  }

  /// Returns when no request with another token is under way any more.
  void use(Token... good) {
    tokens = List.of(good);
    for (int i = 0; i < CLIENTS; i++) {
      int before = finished.get(i);
      while (finished.get(i) == before && clients.get(i).isAlive()) {
        pause();
      }
    }
  }

  private void ask(int client) {
    for (int i = 0; !isOver; i++) {
      List<Token> choice = tokens;
      Token token = choice.get(i % choice.size());
      if (i % EVERY_TENTH == EVERY_TENTH - 1) {
        bad.incrementAndGet();
        count(status(token.tampered()) != UNAUTHORIZED, badLetThrough);
      } else {
        good.incrementAndGet();
        count(!isLetThrough(token), goodRefused);
        synchronized (byKid) {
          byKid.merge(token.kid(), 1, Integer::sum);
        }
      }
      finished.incrementAndGet(client);
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isLetThrough(Token token) {
    return GatewayClient.isLetThrough(status(token.text()));
  }

  private int status(String token) {
    try {
      return gateway.hello(token);
    } catch (CommandFailed e) {
      return 0;
    }
  }

  private static void count(boolean isWrong, AtomicInteger counter) {
    if (isWrong) {
      counter.incrementAndGet();
    }
  }

  boolean isClean() {
    return goodRefused.get() == 0 && badLetThrough.get() == 0;
  }

  String ledger() {
    double seconds = (System.nanoTime() - startedAt) / 1e9;
    int all = good.get() + bad.get();
    synchronized (byKid) {
      return "%d requests in %.1f s (%.0f per second), good ones by kid %s: %d good refused, %d bad let through"
          .formatted(all, seconds, all / seconds, byKid, goodRefused.get(), badLetThrough.get());
    }
  }

  @Override
  public void close() {
    stop();
  }

  /// Returns when every client has had its last answer.
  void stop() {
    isOver = true;
    for (Thread client : clients) {
      try {
        client.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
