package org.rekey.gateway;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.Guard;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.http.Site;
import org.rekey.gateway.http.TrafficLimits;
import org.rekey.gateway.proxy.Forwarder;
import org.rekey.gateway.rest.RestApi;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.RequestPath;
import org.rekey.gateway.route.Route;
import org.rekey.gateway.route.Routes;

/// What the HTTPS port serves: the gateway's own API, or verdict → route → upstream.
final class PublicSite implements Site {
  private final RestApi rest;
  private final Map<Audience, Guard> guards;
  private final TrafficLimits limits;
  private final Supplier<Routes> routes;
  private final Forwarder forwarder;

  PublicSite(
      RestApi rest,
      Map<Audience, Guard> guards,
      TrafficLimits limits,
      Supplier<Routes> routes,
      Forwarder forwarder) {
    this.rest = rest;
    this.guards = guards;
    this.limits = limits;
    this.routes = routes;
    this.forwarder = forwarder;
  }

  @Override
  public void serve(RequestScope scope, RequestPath path) {
    if (rest.answers(scope, path)) {
      return;
    }
    Optional<Route> route =
        path.isUnder("/api/internal") ? Optional.empty() : routes.get().find(path);
    Optional<Audience> audience =
        route.isPresent() ? route.get().audience(path) : Audience.of(path);
    if (audience.isPresent()) {
      Objects.requireNonNull(guards.get(audience.get()))
          .admit(scope, _ -> forward(scope, path, route));
    } else {
      forward(scope, path, route);
    }
  }

  private void forward(RequestScope scope, RequestPath path, Optional<Route> route) {
    if (!limits.admitSubject(scope)) {
      return;
    }
    if (route.isPresent()) {
      scope.seen().route(route.get().path());
      forwarder.forward(scope, route.get(), route.get().target(path));
    } else {
      Answers.error(scope, 404, "not found");
    }
  }

  @Override
  public void close() {
    guards.values().forEach(Guard::close);
  }
}
