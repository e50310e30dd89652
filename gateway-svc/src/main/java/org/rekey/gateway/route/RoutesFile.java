package org.rekey.gateway.route;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.SettingsException;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads a routes file (YAML 1.2) and reports everything that is wrong with it at once, each with
/// its line:
///
/// ```yaml
/// routes:
///   - path: /api/management/v1/inventory    # at and below
///     upstream: http://127.0.0.1:9001       # or a list: taken in turn
///     rewrite: /api/0.1.0                   # optional: replaces `path` on the way
/// ```
public final class RoutesFile {
  private static final int MAX_BYTES = 1 << 20;

  private final Path file;
  private final List<String> problems = new ArrayList<>();

  private RoutesFile(Path file) {
    this.file = file;
  }

  /// @throws SettingsException with a line for each problem
  public static Routes read(Path file) {
    RoutesFile reader = new RoutesFile(file);
    Routes routes = reader.parse();
    if (!reader.problems.isEmpty()) {
      throw new SettingsException(reader.problems);
    }
    return routes;
  }

  private Routes parse() {
    Optional<Node> root;
    try {
      if (Files.size(file) > MAX_BYTES) {
        problems.add(file + ": larger than 1 MiB");
        return Routes.NONE;
      }
      String text = Files.readString(file, StandardCharsets.UTF_8);
      root =
          new Compose(LoadSettings.builder().setLabel(file.toString()).build()).composeString(text);
    } catch (IOException e) {
      problems.add(file + ": the routes file cannot be read: " + e.getMessage());
      return Routes.NONE;
    } catch (YamlEngineException e) {
      problems.add(file + ": not YAML: " + String.valueOf(e.getMessage()).replace('\n', ' '));
      return Routes.NONE;
    }
    if (root.isEmpty()) {
      return Routes.NONE;
    }
    List<Route> routes = new ArrayList<>();
    Set<String> paths = new HashSet<>();
    for (NodeTuple entry : mapping(root.get(), "the file")) {
      if (!name(entry).equals("routes")) {
        problem(entry.getKeyNode(), name(entry) + " (expected: routes)");
        continue;
      }
      for (Node item : list(entry.getValueNode())) {
        Route route = route(item);
        if (route != null && !paths.add(route.path())) {
          problem(item, "path: " + route.path() + " stands here twice");
        } else if (route != null) {
          routes.add(route);
        }
      }
    }
    return new Routes(routes);
  }

  private @Nullable Route route(Node item) {
    int before = problems.size();
    String path = "";
    String rewrite = "";
    List<Upstream> upstreams = new ArrayList<>();
    for (NodeTuple entry : mapping(item, "a route")) {
      switch (name(entry)) {
        case "path" -> path = text(entry.getValueNode());
        case "rewrite" -> rewrite = text(entry.getValueNode());
        case "upstream" -> {
          for (Node value : list(entry.getValueNode())) {
            upstream(value, upstreams);
          }
        }
        default ->
            problem(entry.getKeyNode(), name(entry) + " (expected: path, upstream or rewrite)");
      }
    }
    if (!served(path)) {
      problem(item, "path: " + path + " (expected: a path below /api/management or /api/devices)");
    }
    if (!rewrite.isEmpty() && RequestPath.of(rewrite).isEmpty()) {
      problem(
          item,
          "rewrite: " + rewrite + " (expected: a path without dots, escapes of slashes or //)");
    }
    if (upstreams.isEmpty() && problems.size() == before) {
      problem(item, "upstream: missing (expected: http://host:port, or a list of them)");
    }
    return problems.size() > before
        ? null
        : new Route(path, rewrite.isEmpty() ? path : rewrite, upstreams);
  }

  private static boolean served(String path) {
    return RequestPath.of(path).filter(p -> p.query().isEmpty()).flatMap(Audience::of).isPresent();
  }

  private void upstream(Node value, List<Upstream> upstreams) {
    try {
      upstreams.add(Upstream.parse(text(value)));
    } catch (IllegalArgumentException e) {
      problem(value, "upstream: " + e.getMessage());
    }
  }

  private List<NodeTuple> mapping(Node node, String what) {
    if (node instanceof MappingNode mapping) {
      return mapping.getValue();
    }
    problem(node, what + " is not a mapping (expected: name: value)");
    return List.of();
  }

  /// One value stands for a list of one.
  private static List<Node> list(Node node) {
    return node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
  }

  private String name(NodeTuple entry) {
    return text(entry.getKeyNode());
  }

  private String text(Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    problem(node, "not a plain value");
    return "";
  }

  private void problem(Node node, String text) {
    String line = node.getStartMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
    problems.add(file + line + ": " + text);
  }
}
