package org.rekey.gateway.route;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Looks at parsed YAML and remembers what is wrong with it, and where.
final class YamlNodes {
  private final Path file;
  private final List<RoutesProblem> problems = new ArrayList<>();

  YamlNodes(Path file) {
    this.file = file;
  }

  List<RoutesProblem> problems() {
    return problems;
  }

  int problemCount() {
    return problems.size();
  }

  /// Names and values; whatever is not known, or stands there twice, is reported and left out.
  Map<String, Node> mapping(Node node, String what, Collection<String> known) {
    Map<String, Node> values = new LinkedHashMap<>();
    if (!(node instanceof MappingNode mapping)) {
      problem(node, what + " is not a mapping (expected: name: value)");
      return values;
    }
    for (NodeTuple entry : mapping.getValue()) {
      String name = text(entry.getKeyNode());
      if (!known.contains(name)) {
        unknown(entry.getKeyNode(), "", name, known);
      } else if (values.putIfAbsent(name, entry.getValueNode()) != null) {
        problem(entry.getKeyNode(), name + " stands here twice");
      }
    }
    return values;
  }

  /// One value stands for a list of one.
  static List<Node> list(Node node) {
    return node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
  }

  String text(Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    problem(node, "not a plain value");
    return "";
  }

  void unknown(@Nullable Node node, String prefix, String written, Collection<String> known) {
    problem(
        node,
        prefix
            + (written.isEmpty() ? "nothing" : written)
            + Suggestion.of(written, known)
                .map(meant -> ": did you mean `" + meant + "`?")
                .orElse(" (expected: " + String.join(", ", known) + ")"));
  }

  void problem(@Nullable Node node, String text) {
    int line = node == null ? 0 : node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    problems.add(new RoutesProblem(file, line, text));
  }

  void problem(String text) {
    problems.add(new RoutesProblem(file, 0, text));
  }
}
