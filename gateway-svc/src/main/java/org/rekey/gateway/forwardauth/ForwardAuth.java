package org.rekey.gateway.forwardauth;

import io.vertx.core.MultiMap;
import java.util.Map;
import java.util.Optional;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.Guard;
import org.rekey.gateway.http.PortCallers;
import org.rekey.gateway.http.Refusal;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.http.Site;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.RequestPath;

/// The verdict on a request that stays with another proxy, asked for over HTTP: nginx
/// `auth_request`, Caddy `forward_auth`, Traefik `forwardAuth`. 200 and [Identity], or the answer
/// that the client must see. The method does not matter, and no body is looked at.
///
/// A token that is bound to a certificate is not good here: whose certificate the client has shown
/// to the proxy, it could only be told.
public final class ForwardAuth implements Site {
  /// Whose token is needed follows from the path that the proxy was asked for.
  public static final String BY_PATH = "/verify";

  /// For a user's token, whatever the path.
  public static final String USERS = "/verify/users";

  /// For a device's token, whatever the path.
  public static final String DEVICES = "/verify/devices";

  /// Where Mender's Traefik configuration asks.
  public static final String MENDER_USERS = "/api/internal/v1/useradm/auth/verify";

  public static final String MENDER_DEVICES = "/api/internal/v1/devauth/tokens/verify";

  /// The body of a refusal once more: nginx looks at headers only.
  static final String BODY = "X-Rekey-Body";

  private final Map<Audience, Guard> guards;
  private final PortCallers callers;

  public ForwardAuth(Map<Audience, Guard> guards, PortCallers callers) {
    this.guards = guards;
    this.callers = callers;
  }

  @Override
  public void serve(RequestScope scope, RequestPath path) {
    if (!callers.admits(scope)) {
      return;
    }
    switch (path.path()) {
      case BY_PATH -> serve(scope, Optional.empty());
      case USERS, MENDER_USERS -> serve(scope, Optional.of(Audience.USERS));
      case DEVICES, MENDER_DEVICES -> serve(scope, Optional.of(Audience.DEVICES));
      default -> Answers.error(scope, 404, "not found");
    }
  }

  private void serve(RequestScope scope, Optional<Audience> fixed) {
    scope.seen().route("verify");
    MultiMap headers = scope.request().headers();
    switch (ForwardedTarget.of(
        fixed, headers.getAll(ForwardedTarget.TRAEFIK), headers.getAll(ForwardedTarget.NGINX))) {
      case ForwardedTarget.Known known -> judge(scope, known.audience());
      case ForwardedTarget.Unknown unknown -> refuse(scope, unknown.refusal());
    }
  }

  private void judge(RequestScope scope, Audience audience) {
    Guard guard = guards.get(audience);
    if (guard == null) {
      throw new IllegalStateException(audience + ": nobody judges its tokens");
    }
    guard.judge(
        scope,
        caller ->
            Identity.headers(audience, caller)
                .ifPresentOrElse(
                    headers -> {
                      headers.forEach(scope.response()::putHeader);
                      Answers.empty(scope, 200);
                    },
                    () -> refuse(scope, Identity.UNTELLABLE)),
        refusal -> refuse(scope, refusal));
  }

  private static void refuse(RequestScope scope, Refusal refusal) {
    String body = refusal.body(scope.requestId());
    if (!body.isEmpty()) {
      scope.response().putHeader(BODY, body);
    }
    Answers.refuse(scope, refusal);
  }

  @Override
  public void close() {
    guards.values().forEach(Guard::close);
  }
}
