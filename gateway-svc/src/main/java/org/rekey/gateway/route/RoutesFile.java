package org.rekey.gateway.route;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rekey.gateway.file.FileProblem;
import org.rekey.gateway.file.YamlFile;
import org.rekey.runtime.config.SettingsException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads a routes file (YAML 1.2) and reports everything that is wrong with it at once, each with
/// its line:
///
/// ```yaml
/// routes:
///   - path: /api/management/v1/inventory    # at and below
///     upstream: http://127.0.0.1:9001       # or a list: taken in turn
///     rewrite: /api/0.1.0                   # optional: replaces `path` on the way
/// ```
///
/// All that can be said is in `docs/routes.md`.
public final class RoutesFile {
  /// What an editor or a full disk leaves behind must not be taken for a wish.
  private static final String NO_ROUTES_SAID = " (to serve none, say `routes: []`)";

  /// What a file says, and what is wrong with it. With any problem there are no routes.
  public record Checked(Routes routes, List<FileProblem> problems) {}

  private final Path file;
  private final YamlFile yaml;

  private RoutesFile(Path file) {
    this.file = file;
    this.yaml = YamlFile.open(file, "the routes file");
  }

  /// @throws SettingsException with a line for each problem
  public static Routes read(Path file) {
    Checked checked = check(file);
    if (!checked.problems().isEmpty()) {
      throw new SettingsException(checked.problems().stream().map(Object::toString).toList());
    }
    return checked.routes();
  }

  public static Checked check(Path file) {
    RoutesFile reader = new RoutesFile(file);
    if (reader.yaml.root().isEmpty() && reader.yaml.problemCount() == 0) {
      reader.yaml.problem("the routes file is empty" + NO_ROUTES_SAID);
    }
    Routes routes = reader.yaml.root().map(reader::routes).orElse(Routes.NONE);
    List<FileProblem> problems = reader.yaml.problems();
    return new Checked(problems.isEmpty() ? routes : Routes.NONE, problems);
  }

  private Routes routes(Node root) {
    Map<String, Node> parts = yaml.mapping(root, "the file", List.of("routes", "defaults"));
    Map<String, Node> defaults =
        parts.containsKey("defaults")
            ? yaml.mapping(parts.get("defaults"), "defaults", RouteReader.OF_ALL)
            : Map.of();
    if (root instanceof MappingNode && !parts.containsKey("routes")) {
      yaml.problem(root, "routes: missing" + NO_ROUTES_SAID);
    }
    List<Route> routes = new ArrayList<>();
    Map<String, Node> paths = new HashMap<>();
    Map<Upstream, Optional<HealthCheck>> health = new HashMap<>();
    for (Node item :
        parts.containsKey("routes") ? YamlFile.list(parts.get("routes")) : List.<Node>of()) {
      Map<String, Node> own = yaml.mapping(item, "a route", RouteReader.OF_A_ROUTE);
      Route route = new RouteReader(yaml, file, own, defaults).read(item);
      if (route == null) {
        continue;
      }
      if (paths.putIfAbsent(route.path(), item) != null) {
        yaml.problem(item, "path: " + route.path() + " stands here twice");
      }
      for (Upstream upstream : route.upstreams()) {
        Optional<HealthCheck> other = health.putIfAbsent(upstream, route.health());
        if (other != null && !other.equals(route.health())) {
          yaml.problem(
              item, "health: %s has another one in another route".formatted(upstream.authority()));
        }
      }
      routes.add(route);
    }
    return new Routes(routes);
  }
}
