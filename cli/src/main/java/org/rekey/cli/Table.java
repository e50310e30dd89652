package org.rekey.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Columns for human eyes: as wide as their widest cell, two spaces between them.
final class Table {
  private static final Pattern STYLE = Pattern.compile("\u001b\\[[0-9;]*m");

  private final List<List<String>> rows = new ArrayList<>();
  private final Set<Integer> rightAligned = new HashSet<>();

  Table(String... headings) {
    rows.add(List.of(headings));
  }

  Table row(String... cells) {
    rows.add(List.of(cells));
    return this;
  }

  /// These columns hold numbers.
  Table right(Integer... columns) {
    rightAligned.addAll(List.of(columns));
    return this;
  }

  void print(Console console) {
    lines(console).forEach(console::line);
  }

  /// The headings first.
  List<String> lines(Console console) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    List<String> lines = new ArrayList<>(rows.size());
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        int gap = widths[i] - width(row.get(i));
        boolean isRight = rightAligned.contains(i);
        line.repeat(' ', isRight ? gap : 0).append(row.get(i)).repeat(' ', isRight ? 2 : gap + 2);
      }
      String text = line.toString().stripTrailing();
      lines.add(lines.isEmpty() ? console.bold(text) : text);
    }
    return lines;
  }

  private static int width(String cell) {
    return STYLE.matcher(cell).replaceAll("").length();
  }
}
