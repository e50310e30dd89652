import java.io.IOException;
import java.time.Duration;

/// One client, and what it got.
final class Lane {
  private static final int COME_AGAIN = 503;
  private static final int POLITE_TRIES = 5;

  /// What to ask next.
  interface Requests {
    Request next(long turn) throws IOException;
  }

  final String name;
  private final long periodNanos;
  private final int wanted;
  private final Connection connection;
  private final Requests requests;
  private Thread thread;
  private volatile boolean isEnding;

  long sent;
  long failed;
  long repeated;
  long slowestNanos;

  /// @param rate requests in a second, at most
  Lane(String name, double rate, int wanted, Connection connection, Requests requests) {
    this.name = name;
    this.periodNanos = (long) (1e9 / rate);
    this.wanted = wanted;
    this.connection = connection;
    this.requests = requests;
  }

  boolean isForBadTokens() {
    return wanted == 401;
  }

  void start(Account account, boolean isRepeating) {
    thread = new Thread(() -> run(account, isRepeating), name);
    thread.start();
  }

  /// Waits for the answer that is under way: it counts.
  void end() {
    isEnding = true;
    try {
      thread.join(Duration.ofSeconds(30));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(Account account, boolean isRepeating) {
    while (!isEnding) {
      long began = System.nanoTime();
      sent++;
      String outcome = ask(account, isRepeating);
      slowestNanos = Math.max(slowestNanos, System.nanoTime() - began);
      if (!outcome.equals(String.valueOf(wanted))) {
        failed++;
        account.note(name + ": " + outcome + " (expected: " + wanted + ")");
      }
      pause(periodNanos - (System.nanoTime() - began));
    }
  }

  private String ask(Account account, boolean isRepeating) {
    String outcome = "";
    boolean isBroken = false;
    for (int tries = 0; tries < POLITE_TRIES; tries++) {
      try {
        int status = connection.ask(requests.next(sent));
        if (status != COME_AGAIN || !isRepeating || !mayComeAgain()) {
          return String.valueOf(status);
        }
        outcome = String.valueOf(status);
        pause((long) 1e9);
      } catch (IOException | IndexOutOfBoundsException e) {
        outcome = String.valueOf(e);
        if (!isRepeating || isBroken) {
          return outcome;
        }
        isBroken = true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return "interrupted";
      }
      repeated++;
      account.note(name + ": " + outcome + ", asked again");
    }
    return outcome;
  }

  /// Whoever is not in a hurry; and who was told that there is no verdict on a bad token was not let in.
  private boolean mayComeAgain() {
    return periodNanos >= 1e9 || isForBadTokens();
  }

  private static void pause(long nanos) {
    try {
      Thread.sleep(Duration.ofNanos(Math.max(0, nanos)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
