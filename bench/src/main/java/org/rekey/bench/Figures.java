package org.rekey.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What several rounds saw of several things: as a table to paste, or as JSON with every round.
public final class Figures {
  private final String title;
  private final List<Column> columns;
  private final Map<String, Map<Column, List<Double>>> rows = new LinkedHashMap<>();

  /// @param title heads the first column
  public Figures(String title, Column... columns) {
    this.title = title;
    this.columns = List.of(columns);
  }

  /// @param hasRange whether the lowest and the highest round are shown beside the median
  public record Column(String heading, int digits, boolean hasRange) {

    public static Column median(String heading, int digits) {
      return new Column(heading, digits, false);
    }

    public static Column withRange(String heading, int digits) {
      return new Column(heading, digits, true);
    }

    private String text(Spread spread) {
      return hasRange ? spread.textWithRange(digits) : spread.text(digits);
    }

    private String key() {
      return Figures.key(heading);
    }
  }

  /// One round's; in the order of the columns.
  public void round(String row, double... figures) {
    if (figures.length != columns.size()) {
      throw new IllegalArgumentException(
          "figures: %d (expected: %d)".formatted(figures.length, columns.size()));
    }
    for (int i = 0; i < figures.length; i++) {
      rows.computeIfAbsent(row, _ -> new LinkedHashMap<>())
          .computeIfAbsent(columns.get(i), _ -> new ArrayList<>())
          .add(figures[i]);
    }
  }

  public Table table() {
    List<String> headings = new ArrayList<>(List.of(title));
    columns.forEach(column -> headings.add(column.heading()));
    Table table = new Table(headings.toArray(String[]::new));
    rows.forEach(
        (name, figures) -> {
          List<String> cells = new ArrayList<>(List.of(name));
          figures.forEach((column, rounds) -> cells.add(cell(column, rounds)));
          table.row(cells);
        });
    return table;
  }

  private static String cell(Column column, List<Double> rounds) {
    List<Double> known = known(rounds);
    return known.isEmpty() ? "–" : column.text(Spread.of(known));
  }

  public ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    rows.forEach(
        (name, figures) -> {
          ObjectNode row = json.putObject(name);
          figures.forEach((column, rounds) -> put(row.putObject(column.key()), known(rounds)));
        });
    return json;
  }

  private static void put(ObjectNode json, List<Double> rounds) {
    if (!rounds.isEmpty()) {
      Spread spread = Spread.of(rounds);
      json.put("median", spread.median());
      json.put("lowest", spread.lowest());
      json.put("highest", spread.highest());
      rounds.forEach(json.withArray("rounds")::add);
    }
  }

  /// All tables, one below the other.
  public static String text(Collection<Figures> all) {
    return String.join("\n", all.stream().map(figures -> figures.table().toString()).toList());
  }

  /// One object, with a member for each.
  public static String json(Collection<Figures> all) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    all.forEach(figures -> json.set(key(figures.title), figures.json()));
    return json.toPrettyString();
  }

  private static List<Double> known(List<Double> rounds) {
    return rounds.stream().filter(Double::isFinite).toList();
  }

  /// `server CPU µs` is `server_cpu_us`.
  private static String key(String heading) {
    return heading
        .toLowerCase(Locale.ROOT)
        .replace('µ', 'u')
        .replaceAll("[^a-z0-9]+", "_")
        .replaceAll("^_|_$", "");
  }
}
