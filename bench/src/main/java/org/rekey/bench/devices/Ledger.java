package org.rekey.bench.devices;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rekey.bench.Figures;
import org.rekey.bench.load.Latencies;

/// Every answer of the mixed life, and whether it was the one that it had to be.
final class Ledger {
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private static final class Entry {
    private final List<Long> nanos = new ArrayList<>();
    private final Map<Integer, Long> wrong = new TreeMap<>();

    long wrongAnswers() {
      return wrong.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /// @param steps in the order in which they are shown
  Ledger(List<String> steps) {
    steps.forEach(step -> entries.put(step, new Entry()));
  }

  synchronized void note(String step, int expected, int status, long nanos) {
    Entry entry = entries.get(step);
    if (entry == null) {
      throw new IllegalArgumentException(step + " (expected: one of " + entries.keySet() + ")");
    }
    entry.nanos.add(nanos);
    if (status != expected) {
      entry.wrong.merge(status, 1L, Long::sum);
    }
  }

  /// Must be 0.
  synchronized long wrongAnswers() {
    return entries.values().stream().mapToLong(Entry::wrongAnswers).sum();
  }

  /// `step: {status=how many}` for each step with wrong answers.
  synchronized List<String> wrong() {
    return entries.entrySet().stream()
        .filter(entry -> !entry.getValue().wrong.isEmpty())
        .map(entry -> entry.getKey() + ": " + entry.getValue().wrong)
        .toList();
  }

  synchronized void into(Figures figures) {
    entries.forEach(
        (step, entry) -> {
          Latencies latencies =
              Latencies.of(entry.nanos.stream().mapToLong(Long::longValue).toArray());
          figures.round(
              step,
              latencies.count(),
              (double) entry.wrongAnswers(),
              latencies.millis(0.5),
              latencies.millis(0.99));
        });
  }
}
