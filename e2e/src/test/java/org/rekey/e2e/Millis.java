package org.rekey.e2e;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Times that a test measured and prints. What is asserted of them is a wide bound only.
final class Millis {
  private final List<Double> all = new ArrayList<>();

  void addSince(long startedNanos) {
    all.add((System.nanoTime() - startedNanos) / 1e6);
  }

  double max() {
    return Collections.max(all);
  }

  /// The smallest and largest, and those between.
  String told() {
    List<Double> sorted = all.stream().sorted().toList();
    return "%d rounds: p50 %.1f ms, p90 %.1f ms, max %.1f ms"
        .formatted(
            sorted.size(),
            sorted.get(sorted.size() / 2),
            sorted.get(sorted.size() * 9 / 10),
            sorted.getLast());
  }
}
