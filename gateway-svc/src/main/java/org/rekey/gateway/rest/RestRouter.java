package org.rekey.gateway.rest;

import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the row of the table for a request. A path without parameters goes before one with.
final class RestRouter {
  /// All methods of one path.
  private record Node(PathTemplate path, boolean hasOptions, Map<HttpMethod, RestRoute> byMethod) {
    boolean has(HttpMethod method) {
      return byMethod.containsKey(method) || (hasOptions && method.equals(HttpMethod.OPTIONS));
    }

    List<String> methods() {
      List<String> methods = new ArrayList<>();
      byMethod.keySet().forEach(method -> methods.add(method.name()));
      if (hasOptions) {
        methods.add(HttpMethod.OPTIONS.name());
      }
      return methods;
    }
  }

  private record Hit(Node node, List<String> values) {}

  private final List<String> prefixes;
  private final Map<String, Node> literal = new HashMap<>();
  private final List<Node> withParameters = new ArrayList<>();

  RestRouter(List<RestRoute> routes, List<String> prefixes) {
    this.prefixes = List.copyOf(prefixes);
    Map<String, Node> nodes = new LinkedHashMap<>();
    for (RestRoute route : routes) {
      Node node =
          nodes.computeIfAbsent(
              route.path().text(),
              _ -> new Node(route.path(), !route.access().isInternal(), new LinkedHashMap<>()));
      if (node.byMethod().put(route.method(), route) != null) {
        throw new IllegalArgumentException(
            route.method() + " " + route.path().text() + ": twice in the table");
      }
    }
    for (Node node : nodes.values()) {
      if (node.path().isLiteral()) {
        literal.put(node.path().text(), node);
      } else {
        withParameters.add(node);
      }
    }
  }

  Match find(HttpMethod method, String path) {
    boolean ours = isBelowAPrefix(path);
    Optional<Hit> hit = ours ? find(path) : literal(path);
    if (hit.isPresent()) {
      return matched(method, hit.get());
    }
    return ours ? withoutLastSlash(method, path) : new Match.Elsewhere();
  }

  private boolean isBelowAPrefix(String path) {
    for (String prefix : prefixes) {
      if (path.startsWith(prefix)
          && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/')) {
        return true;
      }
    }
    return false;
  }

  private Optional<Hit> literal(String path) {
    return Optional.ofNullable(literal.get(path)).map(node -> new Hit(node, List.of()));
  }

  private Optional<Hit> find(String path) {
    Optional<Hit> plain = literal(path);
    if (plain.isPresent()) {
      return plain;
    }
    List<String> segments = PathTemplate.segmentsOf(path);
    for (Node node : withParameters) {
      Optional<List<String>> values = node.path().match(segments);
      if (values.isPresent()) {
        return Optional.of(new Hit(node, values.get()));
      }
    }
    return Optional.empty();
  }

  private static Match matched(HttpMethod method, Hit hit) {
    RestRoute route = hit.node().byMethod().get(method);
    if (route == null) {
      return hit.node().has(method)
          ? new Match.Options(hit.node().methods())
          : new Match.WrongMethod(hit.node().methods());
    }
    List<String> names = hit.node().path().parameters();
    Map<String, String> parameters = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      Optional<String> value = Percent.decodeSegment(hit.values().get(i));
      if (value.isEmpty()) {
        return new Match.Unreadable();
      }
      parameters.put(names.get(i), value.get());
    }
    return new Match.Found(route, parameters);
  }

  private Match withoutLastSlash(HttpMethod method, String path) {
    if (path.endsWith("/")) {
      String shorter = path.substring(0, path.length() - 1);
      if (find(shorter).filter(hit -> hit.node().has(method)).isPresent()) {
        return new Match.Redirect(method.equals(HttpMethod.GET) ? 301 : 307, shorter);
      }
    }
    return new Match.Unknown();
  }
}
