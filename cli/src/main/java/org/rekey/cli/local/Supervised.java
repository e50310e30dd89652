package org.rekey.cli.local;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.CommandFailed;

/// One child process, started again when it ends without having been told to.
///
/// Until it has been [#ready] once, settings that it refuses (exit code 78) and a third failure are
/// final: then it is the start of the instance that fails. Afterwards it is tried for ever, ever
/// less often.
final class Supervised {
  private static final int EX_CONFIG = 78;
  private static final int TRIES_AT_START = 3;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration COUNTS_AS_STABLE = Duration.ofSeconds(30);

  private final Program program;
  private final Pids pids;
  private final Progress progress;
  private final Runnable onRestart;
  private final ScheduledExecutorService timer;

  private @Nullable Process process;
  private @Nullable String failure;
  private boolean isStopping;
  private boolean wasReady;
  private int failures;
  private long startedAt;

  Supervised(
      Program program,
      Pids pids,
      Progress progress,
      Runnable onRestart,
      ScheduledExecutorService timer) {
    this.program = program;
    this.pids = pids;
    this.progress = progress;
    this.onRestart = onRestart;
    this.timer = timer;
  }

  String name() {
    return program.name();
  }

  Program program() {
    return program;
  }

  synchronized void start() {
    if (isStopping) {
      return;
    }
    try {
      Process started = program.start();
      process = started;
      startedAt = System.nanoTime();
      pids.running(name(), started.toHandle());
      var _ = started.onExit().thenAccept(this::ended);
    } catch (IOException e) {
      throw new CommandFailed(name() + ": cannot be started: " + e.getMessage(), e);
    }
  }

  synchronized void ready() {
    wasReady = true;
  }

  /// Why it will not come up, if that is certain.
  synchronized Optional<String> failure() {
    return Optional.ofNullable(failure);
  }

  synchronized long pid() {
    return process == null ? 0 : process.pid();
  }

  /// Tells it to end; [#stopped] waits for that.
  synchronized void stop() {
    isStopping = true;
    if (process != null) {
      process.destroy();
    }
  }

  /// Waits for its end, and makes it end when the time is over.
  void stopped(Duration time) {
    Process last;
    boolean hasSeenAll;
    synchronized (this) {
      last = process;
      hasSeenAll = wasReady;
    }
    Duration enough = program.keepsClasses() ? time.plus(ClassArchive.WRITING) : time;
    if (last != null && !Pids.waitFor(last.toHandle(), enough)) {
      last.destroyForcibly();
      Pids.waitFor(last.toHandle(), time);
      hasSeenAll = false;
    }
    program.ended(hasSeenAll);
    pids.ended(name());
  }

  private synchronized void ended(Process last) {
    if (isStopping) {
      return;
    }
    int code = last.exitValue();
    Duration lived = Duration.ofNanos(System.nanoTime() - startedAt);
    failures = lived.compareTo(COUNTS_AS_STABLE) > 0 ? 1 : failures + 1;
    if (!wasReady && (code == EX_CONFIG || failures >= TRIES_AT_START)) {
      failure = "%s ended with exit code %d".formatted(name(), code);
      return;
    }
    Duration pause = pause(failures);
    // Ctrl-C in a terminal reaches the children too; the word that this is no accident may come a
    // moment later than their end.
    var _ = timer.schedule(() -> again(code, pause), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void again(int code, Duration paused) {
    synchronized (this) {
      if (isStopping) {
        return;
      }
    }
    progress.notice(
        "%s ended (exit code %d) and is started again after %.1f s; its log: %s"
            .formatted(name(), code, paused.toMillis() / 1e3, program.log()));
    start();
    onRestart.run();
  }

  private static Duration pause(int failures) {
    Duration doubled = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, 10));
    return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
  }
}
