package org.rekey.gateway;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.Guard;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.http.Site;
import org.rekey.gateway.rest.RestApi;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.RequestPath;
import org.rekey.runtime.grpc.Caller;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the internal port serves: the internal API, to the callers that the settings name.
final class InternalSite implements Site {
  private static final Logger LOG = LoggerFactory.getLogger(InternalSite.class);

  private final RestApi rest;
  private final Map<Audience, Guard> guards;
  private final Optional<Set<String>> callers;

  /// @param callers names in certificates; empty: anyone who reaches the port
  InternalSite(RestApi rest, Map<Audience, Guard> guards, Optional<Set<String>> callers) {
    this.rest = rest;
    this.guards = guards;
    this.callers = callers;
  }

  @Override
  public void serve(RequestScope scope, RequestPath path) {
    if (callers.isPresent()) {
      String caller = Caller.of(scope.request().connection().sslSession()).name();
      if (!callers.get().contains(caller)) {
        LOG.atWarn()
            .addKeyValue("caller", caller)
            .addKeyValue("requestId", scope.requestId())
            .log("refused a caller of the internal API that the settings do not name");
        Answers.error(scope, 403, "caller \"" + caller + "\": not one of GATEWAY_INTERNAL_CALLERS");
        return;
      }
    }
    if (!rest.answers(scope, path)) {
      Answers.error(scope, 404, "not found");
    }
  }

  @Override
  public void close() {
    guards.values().forEach(Guard::close);
  }
}
