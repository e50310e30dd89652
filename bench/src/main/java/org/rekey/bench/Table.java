package org.rekey.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A Markdown table that also reads well as plain text.
public final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  public Table(String... headings) {
    rows.add(List.of(headings));
  }

  public Table row(String... cells) {
    return row(List.of(cells));
  }

  public Table row(List<String> cells) {
    if (cells.size() != rows.getFirst().size()) {
      throw new IllegalArgumentException(
          "cells: %d (expected: %d)".formatted(cells.size(), rows.getFirst().size()));
    }
    rows.add(List.copyOf(cells));
    return this;
  }

  @Override
  public String toString() {
    int[] widths =
        IntStream.range(0, rows.getFirst().size())
            .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toArray();
    List<String> lines = new ArrayList<>(rows.stream().map(row -> line(row, widths)).toList());
    String rule =
        IntStream.range(0, widths.length)
            .mapToObj(column -> "-".repeat(widths[column] + 1) + (column == 0 ? "-" : ":"))
            .collect(Collectors.joining("|", "|", "|"));
    lines.add(1, rule);
    return String.join("\n", lines) + "\n";
  }

  /// Words to the left, figures to the right.
  private static String line(List<String> row, int[] widths) {
    return IntStream.range(0, widths.length)
        .mapToObj(
            column -> {
              String gap = " ".repeat(widths[column] - row.get(column).length());
              return column == 0 ? row.get(column) + gap : gap + row.get(column);
            })
        .collect(Collectors.joining(" | ", "| ", " |"));
  }
}
