package org.rekey.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The metrics of `docs/metrics.md`, which a test of all services holds against what they serve,
/// under the names that Prometheus gives their series; and what an expression asks of them.
final class DescribedMetrics {
  private static final Path PAGE = Path.of("..", "docs", "metrics.md");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z_0-9]+)` \\|([^|]*)\\| (.*) \\|$");
  private static final Pattern TEXT = Pattern.compile("\"[^\"]*\"");
  private static final Pattern SELECTOR = Pattern.compile("([a-zA-Z_:][\\w:]*)\\{([^}]*)}");
  private static final Pattern LABEL = Pattern.compile("(\\w+)\\s*(?:=~|!~|!=|=)");
  private static final Pattern GROUPING =
      Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*(?:\\(([^)]*)\\))");
  private static final Pattern NAME =
      Pattern.compile("(?<!\\w)[a-zA-Z_:][\\w:]*(?!\\s*\\(|[\\w:])");
  private static final Set<String> KEYWORDS = Set.of("and", "or", "unless", "offset", "bool");

  /// Labels that Prometheus adds.
  private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance");

  private final Map<String, Set<String>> labels = new HashMap<>();

  /// The page's, and what Prometheus says of each target.
  static DescribedMetrics ofThePage() throws IOException {
    var described = new DescribedMetrics();
    described.labels.put("up", Set.of());
    ROW.matcher(Files.readString(PAGE))
        .results()
        .forEach(row -> described.add(row.group(1), names(row.group(2)), row.group(3)));
    return described;
  }

  private void add(String name, Set<String> itsLabels, String meaning) {
    if (!name.endsWith("_seconds") || meaning.contains("*gauge*")) {
      labels.put(name, itsLabels);
      return;
    }
    for (String part : List.of("_count", "_sum", "_max")) {
      labels.put(name + part, itsLabels);
    }
    if (meaning.contains("*histogram*")) {
      var withBound = new HashSet<>(itsLabels);
      withBound.add("le");
      labels.put(name + "_bucket", withBound);
    }
  }

  private static Set<String> names(String list) {
    var names = new TreeSet<String>();
    for (String name : list.split(",", -1)) {
      if (!name.isBlank()) {
        names.add(name.strip());
      }
    }
    return names;
  }

  /// A series that a rule makes: with the labels by which its expression groups.
  void record(String name, String expression) {
    String bare = TEXT.matcher(expression).replaceAll("");
    var itsLabels = new TreeSet<String>();
    GROUPING.matcher(bare).results().forEach(by -> itsLabels.addAll(names(by.group(1))));
    labels.put(name, itsLabels);
  }

  boolean has(String name) {
    return labels.containsKey(name)
        || labels.containsKey(name + "_count")
        || labels.containsKey(name.replaceAll("_(count|sum|bucket|max)$", ""));
  }

  /// What an expression, and the labels that are shown of its outcome, ask for and is not there.
  List<String> missing(String expression, Set<String> shown) {
    var missing = new ArrayList<String>();
    String bare = TEXT.matcher(expression).replaceAll("");
    SELECTOR
        .matcher(bare)
        .results()
        .forEach(
            selector ->
                LABEL
                    .matcher(selector.group(2))
                    .results()
                    .map(label -> label.group(1))
                    .filter(label -> !labelsOf(Set.of(selector.group(1))).contains(label))
                    .forEach(label -> missing.add(selector.group(1) + " has no " + label)));
    Set<String> asked = metrics(bare);
    asked.stream().filter(name -> !labels.containsKey(name)).forEach(missing::add);
    Set<String> known = labelsOf(asked);
    var grouped = new TreeSet<>(shown);
    GROUPING.matcher(bare).results().forEach(by -> grouped.addAll(names(by.group(1))));
    grouped.stream()
        .filter(label -> !known.contains(label))
        .forEach(label -> missing.add(asked + " have no " + label));
    return missing;
  }

  static Set<String> metrics(String expression) {
    String bare =
        TEXT.matcher(expression)
            .replaceAll("")
            .replaceAll("\\{[^}]*}", "")
            .replaceAll("\\[[^]]*]", "");
    var names = new TreeSet<String>();
    NAME.matcher(GROUPING.matcher(bare).replaceAll(""))
        .results()
        .forEach(n -> names.add(n.group()));
    names.removeAll(KEYWORDS);
    return names;
  }

  private Set<String> labelsOf(Set<String> metrics) {
    var all = new HashSet<>(OF_PROMETHEUS);
    metrics.forEach(metric -> all.addAll(labels.getOrDefault(metric, Set.of())));
    return all;
  }
}
