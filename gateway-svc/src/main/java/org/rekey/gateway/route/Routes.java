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

  public Optional<Route> find(RequestPath request) {
    for (Route route : routes) {
      if (request.isUnder(route.path())) {
        return Optional.of(route);
      }
    }
    return Optional.empty();
  }
}
