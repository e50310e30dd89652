package org.rekey.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.keystore.log.Journal;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogSigner;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.testkit.KeyFiles;

/// Many ask for the newest word of the journal at once.
class SharedRefreshTest {
  private static final int CALLERS = 200;

  @TempDir Path home;
  private final SlowJournal journal = new SlowJournal();

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void waitForOneAnswerThatBeganAfterTheyAsked(boolean isAway) throws Exception {
    var history = open();
    journal.hold();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var first = threads.submit(history::refresh);
      await().until(() -> journal.reads.get() == 2);
      journal.away = isAway;
      var others = new ArrayList<Future<?>>();
      for (int i = 0; i < CALLERS; i++) {
        others.add(threads.submit(history::refresh));
      }
      Thread.sleep(200);
      journal.release();

      int failed = 0;
      for (Future<?> other : others) {
        try {
          other.get();
        } catch (ExecutionException e) {
          assertThat(e.getCause()).hasMessage("database: away");
          failed++;
        }
      }
      assertThat(failed).isEqualTo(isAway ? CALLERS : 0);
      assertThat(first).isDone();
    }
    // The one at the start, the one that was held up, and one for all who asked during it.
    assertThat(journal.reads.get()).isLessThanOrEqualTo(4);
  }

  @Test
  void areToldOfALaterSuccessAfterAFailure() {
    var history = open();
    journal.away = true;
    try {
      history.refresh();
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("database: away");
    }
    journal.away = false;

    history.refresh();

    assertThat(journal.reads.get()).isEqualTo(3);
  }

  private KeyHistory open() {
    var signer =
        LogSigner.read(
            "LOG_KEY", KeyFiles.write(home.resolve("log.pem"), KeyFiles.pkcs8(KeyFiles.ed25519())));
    return KeyHistory.open(journal, signer, InstantSource.system());
  }

  private static final class SlowJournal implements Journal {
    private final AtomicInteger reads = new AtomicInteger();
    private volatile CountDownLatch held = new CountDownLatch(0);
    private volatile boolean away;

    void hold() {
      held = new CountDownLatch(1);
    }

    void release() {
      held.countDown();
    }

    @Override
    public List<SignedKeyEvent> after(long epoch) {
      reads.incrementAndGet();
      try {
        held.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (away) {
        throw new IllegalStateException("database: away");
      }
      return List.of();
    }

    @Override
    public boolean append(long epoch, SignedKeyEvent event) {
      return false;
    }
  }
}
