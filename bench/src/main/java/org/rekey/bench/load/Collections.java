package org.rekey.bench.load;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/// For how long garbage collections have stopped a Java process so far, and how often those of the
/// whole heap.
record Collections(Duration stopped, long full) {
  private static final Pattern TIME =
      Pattern.compile("^sun\\.gc\\.collector\\.\\d+\\.time=(\\d+)$", Pattern.MULTILINE);
  private static final Pattern FULL =
      Pattern.compile("^sun\\.gc\\.collector\\.1\\.invocations=(\\d+)$", Pattern.MULTILINE);
  private static final Pattern FREQUENCY =
      Pattern.compile("^sun\\.os\\.hrt\\.frequency=(\\d+)$", Pattern.MULTILINE);

  static Collections of(long pid) {
    String counters = Jcmd.run(pid, "PerfCounter.print");
    double ticks = sum(TIME, counters);
    double perSecond = sum(FREQUENCY, counters);
    return new Collections(Duration.ofNanos((long) (ticks / perSecond * 1e9)), sum(FULL, counters));
  }

  private static long sum(Pattern pattern, String counters) {
    List<Long> found =
        pattern.matcher(counters).results().map(it -> Long.valueOf(it.group(1))).toList();
    if (found.isEmpty()) {
      throw new IllegalStateException("PerfCounter.print: no " + pattern);
    }
    return found.stream().mapToLong(Long::longValue).sum();
  }
}
