package org.rekey.runtime.grpc;

import io.grpc.ManagedChannel;
import java.time.Duration;

/// A start beside that of another service. Whoever says that it is ready before it has a connection
/// fails those who come first, for up to a second until the next try to connect; whoever waits for
/// a service that is away for longer is not there for those who could do without.
public final class FirstContact {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration ASK_EVERY = Duration.ofMillis(50);

  private final ManagedChannel channel;
  private final String service;
  private final Duration patience;
  private volatile boolean isOver;

  /// @param service its name in the text, e.g. `keystore`
  public FirstContact(ManagedChannel channel, String service) {
    this(channel, service, PATIENCE);
  }

  FirstContact(ManagedChannel channel, String service, Duration patience) {
    this.channel = channel;
    this.service = service;
    this.patience = patience;
  }

  /// Blocks until the service has said that it serves, or for about three seconds.
  ///
  /// @return false when interrupted
  public boolean await() {
    long until = System.nanoTime() + patience.toNanos();
    try {
      while (!Serving.lacks(channel, service).isEmpty() && System.nanoTime() - until < 0) {
        Thread.sleep(ASK_EVERY);
      }
      isOver = true;
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Empty once nobody waits any more.
  public String lacks() {
    return isOver ? "" : service + "-svc was not reached yet";
  }
}
