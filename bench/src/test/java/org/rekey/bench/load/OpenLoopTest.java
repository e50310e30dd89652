package org.rekey.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OpenLoopTest {
  private final AtomicInteger calls = new AtomicInteger();

  @Test
  void countsFromWhenACallShouldHaveStarted() {
    Work stallsOnce =
        done -> {
          if (calls.getAndIncrement() == 0) {
            sleep(300);
          }
          done.with(null);
        };
    OpenLoop.Measured measured = OpenLoop.run(stallsOnce, 1000, Duration.ofMillis(400));
    assertThat(measured.calls()).isEqualTo(400);
    // One call was slow to be answered, and some two hundred could not start in time because of it.
    assertThat(measured.latencies().millis(0.5)).isGreaterThan(50);
  }

  @Test
  void startsCallsWhetherOrNotOthersAreAnswered() {
    Work slow =
        done -> {
          calls.incrementAndGet();
          Thread.ofVirtual()
              .start(
                  () -> {
                    sleep(100);
                    done.with(null);
                  });
        };
    OpenLoop.Measured measured = OpenLoop.run(slow, 1000, Duration.ofMillis(50));
    assertThat(calls).hasValue(50);
    assertThat(measured.latencies().count()).isEqualTo(50);
    assertThat(measured.latencies().millis(0)).isGreaterThan(99);
  }

  @Test
  void tellsFailuresFromAnswers() {
    Work everyOtherFails =
        done ->
            done.with(
                calls.getAndIncrement() % 2 == 0 ? null : Status.UNAVAILABLE.asRuntimeException());
    OpenLoop.Measured measured = OpenLoop.run(everyOtherFails, 1000, Duration.ofMillis(10));
    assertThat(measured.latencies().count()).isEqualTo(5);
    assertThat(measured.failed(Status.Code.UNAVAILABLE)).isEqualTo(5);
    assertThat(measured.failed(Status.Code.UNKNOWN)).isZero();
    assertThatThrownBy(measured::withoutFailures).hasMessage("calls failed: {UNAVAILABLE=5}");
  }

  @Test
  void doesNothingAtNoRate() {
    OpenLoop.Measured measured = OpenLoop.run(done -> done.with(null), 0, Duration.ofSeconds(1));
    assertThat(measured.calls()).isZero();
    assertThat(measured.latencies().millis(0.99)).isNaN();
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
