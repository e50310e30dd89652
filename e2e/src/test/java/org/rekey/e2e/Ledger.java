package org.rekey.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/// What a run under load has to account for: every request, by what was sent and what came back.
final class Ledger {
  /// What the sender knows of a token.
  enum Expectation {
    GOOD,
    BAD,
    /// Its key was withdrawn less than the allowed time ago: either answer is right.
    TURNING
  }

  private final Map<String, AtomicLong> rows = new TreeMap<>();
  private final Map<Long, AtomicLong> kids = new TreeMap<>();
  private final List<String> wrong = new ArrayList<>();
  private long total;

  synchronized void record(Expectation expectation, String kind, long kid, int status) {
    total++;
    rows.computeIfAbsent(
            String.format("%-8s %-34s -> %d", expectation, kind, status), _ -> new AtomicLong())
        .incrementAndGet();
    if (status == 200) {
      kids.computeIfAbsent(kid, _ -> new AtomicLong()).incrementAndGet();
    }
    boolean right =
        switch (expectation) {
          case GOOD -> status == 200;
          case BAD -> status == 401;
          case TURNING -> status == 200 || status == 401;
        };
    if (!right) {
      wrong.add(expectation + " " + kind + " kid " + kid + " -> " + status);
    }
  }

  synchronized long total() {
    return total;
  }

  /// Requests that got the wrong answer.
  synchronized List<String> wrong() {
    return List.copyOf(wrong);
  }

  synchronized Map<Long, AtomicLong> kids() {
    return kids;
  }

  synchronized String print(double seconds) {
    StringBuilder text = new StringBuilder();
    text.append(String.format("requests %d in %.1f s (%.0f/s)%n", total, seconds, total / seconds));
    text.append(String.format("accepted by kid %s%n", kids));
    rows.forEach((row, count) -> text.append(String.format("  %-56s %7d%n", row, count.get())));
    text.append(
        String.format(
            "good tokens refused %d, bad tokens accepted %d, other wrong answers %d%n",
            wrong.stream().filter(w -> w.startsWith("GOOD") && w.endsWith("401")).count(),
            wrong.stream().filter(w -> w.startsWith("BAD") && w.endsWith("200")).count(),
            wrong.stream()
                .filter(w -> !(w.startsWith("GOOD") && w.endsWith("401")))
                .filter(w -> !(w.startsWith("BAD") && w.endsWith("200")))
                .count()));
    return text.toString();
  }
}
