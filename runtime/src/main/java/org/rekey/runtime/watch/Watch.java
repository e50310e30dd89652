package org.rekey.runtime.watch;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at files every second. Whoever looks compares content, because links, mounts and copies
/// change in ways that times and notifications do not tell.
public final class Watch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final String name;
  private final Runnable look;
  private final ScheduledExecutorService timer;

  /// @param name of what is looked at, for the log
  /// @param look may throw; it is called again all the same
  public Watch(String name, Runnable look) {
    this.name = name;
    this.look = look;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name(name).factory());
  }

  public void start() {
    var _ =
        timer.scheduleWithFixedDelay(
            this::lookOnce, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void lookOnce() {
    try {
      look.run();
    } catch (Throwable e) { // whatever gets out of here ends all looks to come
      LOG.atError()
          .setCause(e)
          .addKeyValue("files", name)
          .log("changed files could not be taken over; it is tried again");
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
