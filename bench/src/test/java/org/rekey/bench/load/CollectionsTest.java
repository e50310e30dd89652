package org.rekey.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CollectionsTest {
  @Test
  void countsThoseOfARunningProcess() {
    long pid = ProcessHandle.current().pid();
    Collections before = Collections.of(pid);
    Jcmd.run(pid, "GC.run");
    Collections after = Collections.of(pid);
    assertThat(after.full()).isGreaterThan(before.full());
    assertThat(after.stopped().minus(before.stopped()))
        .isBetween(Duration.ofNanos(1), Duration.ofMinutes(1));
  }
}
