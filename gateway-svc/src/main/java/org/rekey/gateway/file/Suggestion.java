package org.rekey.gateway.file;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// What somebody who wrote a word may have meant.
final class Suggestion {
  private Suggestion() {}

  static Optional<String> of(String written, Collection<String> known) {
    int bound = Math.max(1, written.length() / 3);
    return known.stream()
        .filter(word -> distance(written, word) <= bound)
        .min(Comparator.comparingInt((String word) -> distance(written, word)));
  }

  /// Characters to add, leave out, exchange with others or with their neighbours.
  private static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        cost[i][j] =
            Math.min(cost[i - 1][j - 1] + change, Math.min(cost[i - 1][j] + 1, cost[i][j - 1] + 1));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
