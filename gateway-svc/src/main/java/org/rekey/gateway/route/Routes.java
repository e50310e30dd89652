package org.rekey.gateway.route;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// All routes; of those that cover a path, the longest one counts.
public record Routes(List<Route> routes) {
  public static final Routes NONE = new Routes(List.of());

  public Routes(List<Route> routes) {
    this.routes =
        routes.stream()
            .sorted(Comparator.comparingInt((Route route) -> route.path().length()).reversed())
            .toList();
  }

  /// Whether the files that it names say what they did when it was read.
  public boolean isAsItWas() {
    return routes.stream()
        .flatMap(route -> route.transport().ca().stream())
        .distinct()
        .allMatch(UpstreamAuthorities::isAsItWas);
  }

  public Optional<Route> find(RequestPath request) {
    for (Route route : routes) {
      if (request.isUnder(route.path())) {
        return Optional.of(route);
      }
    }
    return Optional.empty();
  }
}
