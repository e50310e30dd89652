/// The gateway: HTTPS in, a verdict for every request, streaming proxy to the upstreams. Starting
/// points: [GatewayServer] (how it is put together), [PublicSite] (the way of one request).
@NullMarked
package org.rekey.gateway;

import org.jspecify.annotations.NullMarked;
