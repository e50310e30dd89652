package org.rekey.runtime.grpc;

import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.List;

/// What an issuer's readiness has to do with its keystore. Who starts beside it waits for it:
/// whoever says that it is ready before it has a connection fails those who come first, for up to a
/// second until the next try to connect. But not for long: verdicts need no keystore, and those who
/// ask for them can do without.
public final class KeystoreContact {
  private static final String NAME = "keystore";
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration ASK_EVERY = Duration.ofMillis(50);

  private final ManagedChannel keystore;
  private final Duration patience;
  private volatile boolean isOver;

  public KeystoreContact(ManagedChannel keystore) {
    this(keystore, PATIENCE);
  }

  KeystoreContact(ManagedChannel keystore, Duration patience) {
    this.keystore = keystore;
    this.patience = patience;
  }

  /// Blocks until the keystore has said that it serves, or for about three seconds; then runs what
  /// makes the issuer ready. When interrupted it does not.
  public void thenRun(Runnable ready) {
    if (await()) {
      ready.run();
    }
  }

  private boolean await() {
    long until = System.nanoTime() + patience.toNanos();
    try {
      while (!Serving.lacks(keystore, NAME).isEmpty() && System.nanoTime() - until < 0) {
        Thread.sleep(ASK_EVERY);
      }
      isOver = true;
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Why the issuer is not ready; empty once nobody waits any more.
  public String lacks() {
    return isOver ? "" : NAME + "-svc was not reached yet";
  }

  /// What a person should know of an issuer that is ready all the same. Asks the keystore afresh.
  public List<String> notes() {
    String lacks = Serving.lacks(keystore, NAME);
    return lacks.isEmpty() ? List.of() : List.of(lacks + ": nobody is given a new token");
  }
}
