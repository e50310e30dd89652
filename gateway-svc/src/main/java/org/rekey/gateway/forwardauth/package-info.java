/// Verdicts for other proxies: whoever has nginx, Caddy, Traefik, HAProxy or Envoy already asks
/// here, and forwards by itself. Start at [org.rekey.gateway.forwardauth.ForwardAuth] (HTTP) and
/// [org.rekey.gateway.forwardauth.ExtAuthz] (gRPC).
@NullMarked
package org.rekey.gateway.forwardauth;

import org.jspecify.annotations.NullMarked;
