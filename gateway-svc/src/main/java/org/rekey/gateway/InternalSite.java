package org.rekey.gateway;

import java.util.Map;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.Guard;
import org.rekey.gateway.http.PortCallers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.http.Site;
import org.rekey.gateway.rest.RestApi;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.RequestPath;

/// What the internal port serves: the internal API, to the callers that the settings name.
final class InternalSite implements Site {
  private final RestApi rest;
  private final Map<Audience, Guard> guards;
  private final PortCallers callers;

  InternalSite(RestApi rest, Map<Audience, Guard> guards, PortCallers callers) {
    this.rest = rest;
    this.guards = guards;
    this.callers = callers;
  }

  @Override
  public void serve(RequestScope scope, RequestPath path) {
    if (!callers.admits(scope)) {
      return;
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
