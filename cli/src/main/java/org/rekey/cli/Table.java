package org.rekey.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Columns for human eyes: as wide as their widest cell, two spaces between them.
final class Table {
  private static final Pattern STYLE = Pattern.compile("\u001b\\[[0-9;]*m");

  private final List<List<String>> rows = new ArrayList<>();

  Table(String... headings) {
    rows.add(List.of(headings));
  }

  Table row(String... cells) {
    rows.add(List.of(cells));
    return this;
  }

  void print(Console console) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(row.get(i));
        line.repeat(' ', widths[i] - width(row.get(i)) + 2);
      }
      String text = line.toString().stripTrailing();
      console.line(row.equals(rows.getFirst()) ? console.bold(text) : text);
    }
  }

  private static int width(String cell) {
    return STYLE.matcher(cell).replaceAll("").length();
  }
}
