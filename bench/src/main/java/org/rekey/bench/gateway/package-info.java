/// The gateway with a real verdict on every request, next to proxies that give none, a trivial one
/// or one of their own. Starting point: [org.rekey.bench.gateway.GatewayReport].
@NullMarked
package org.rekey.bench.gateway;

import org.jspecify.annotations.NullMarked;
