package org.rekey.e2e;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;

/// Clients that log in, use their tokens and log out, all at once and without a pause, and a book
/// of what they were told. Every second token is kept.
final class LoginStorm {
  private static final int CLIENTS = 6;
  private static final int OK = 200;
  private static final int ACCEPTED = 202;

  /// Between two turns of a client: a replica must be able to start beside the storm in seconds.
  private static final long BREATH_NANOS = 100_000_000;

  private static final int UNAUTHORIZED = 401;

  private final Client client;
  private final Platform platform;
  private final String password;
  private final Queue<String> live = new ConcurrentLinkedQueue<>();
  private final Queue<String> ended = new ConcurrentLinkedQueue<>();
  private final Queue<String> unanswered = new ConcurrentLinkedQueue<>();
  private final Queue<String> mistakes = new ConcurrentLinkedQueue<>();
  private final Map<String, AtomicLong> failures = new ConcurrentSkipListMap<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean isOver;

  LoginStorm(Client client, Platform platform, String password) {
    this.client = client;
    this.platform = platform;
    this.password = password;
  }

  void start() {
    for (int i = 0; i < CLIENTS; i++) {
      String email = "storm-" + i + "@example.com";
      platform.createUser(email, password);
      threads.add(Thread.ofVirtual().start(() -> run(email)));
    }
  }

  void stop() throws InterruptedException {
    isOver = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void run(String email) {
    for (int turn = 0; !isOver; turn++) {
      try {
        oneTurn(email, turn % 2 == 0);
      } catch (UncheckedIOException e) {
        count("no answer");
      }
      LockSupport.parkNanos(BREATH_NANOS);
    }
  }

  private void count(String failure) {
    failures.computeIfAbsent(failure, _ -> new AtomicLong()).incrementAndGet();
  }

  private void oneTurn(String email, boolean isKept) {
    var login = client.tryLogin(email, password);
    if (login.statusCode() != OK) {
      failed("login", login.statusCode());
      return;
    }
    String token = login.body();
    int used = client.statusWith(token);
    if (used != OK) {
      failed("use", used);
    }
    if (isKept) {
      live.add(token);
    } else {
      end(token);
    }
  }

  /// Until it is answered, nobody knows.
  private void end(String token) {
    int status = 0;
    try {
      status = client.logout(token);
    } finally {
      (status == ACCEPTED ? ended : unanswered).add(token);
    }
    if (status != ACCEPTED) {
      failed("logout", status);
    }
  }

  /// A replica that is away is no mistake; a good token or password that is called bad is.
  private void failed(String what, int status) {
    count(what + " " + status);
    if (status == UNAUTHORIZED || status == 500) {
      mistakes.add(what + ": " + status);
    }
  }

  /// Told that they are good, and never ended.
  Collection<String> live() {
    return live;
  }

  /// Told that they are ended.
  Collection<String> ended() {
    return ended;
  }

  /// Ended perhaps.
  Collection<String> unanswered() {
    return unanswered;
  }

  /// Calls that nobody could answer.
  long failures() {
    return failures.values().stream().mapToLong(AtomicLong::get).sum();
  }

  Collection<String> mistakes() {
    return mistakes;
  }

  @Override
  public String toString() {
    return "%d live, %d ended, %d perhaps; failed calls: %s"
        .formatted(live.size(), ended.size(), unanswered.size(), failures);
  }
}
