package org.rekey.bench.load;

import java.time.Duration;
import java.util.Collection;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// Processor time, user and system, that processes and all their children have used so far; in the
/// system's ticks, 10 ms as a rule.
public final class Cpu {
  private Cpu() {}

  public static Duration usedBy(Collection<Long> pids) {
    return pids.stream()
        .flatMap(pid -> ProcessHandle.of(pid).stream())
        .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
        .flatMap(process -> process.info().totalCpuDuration().stream())
        .reduce(Duration.ZERO, Duration::plus);
  }

  public static Duration usedBy(long... pids) {
    return usedBy(LongStream.of(pids).boxed().toList());
  }
}
