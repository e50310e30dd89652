package org.rekey.runtime.watch;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class WatchTest {
  @Test
  void looksAgainWhateverALookThrows() throws InterruptedException {
    CountDownLatch looks = new CountDownLatch(2);
    Runnable look =
        () -> {
          looks.countDown();
          throw new StackOverflowError("a file that nests too deeply");
        };
    try (Watch watch = new Watch("files", look)) {
      watch.start();
      assertThat(looks.await(30, SECONDS)).isTrue();
    }
  }
}
