package org.rekey.gateway.route;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rekey.gateway.file.FileText;
import org.rekey.gateway.upload.UploadCheck;

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
        .flatMap(
            route ->
                Stream.concat(
                    route.transport().ca().stream().map(UpstreamAuthorities::source),
                    route.uploads().stream().map(UploadCheck::source)))
        .distinct()
        .allMatch(FileText::isAsItWas);
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
