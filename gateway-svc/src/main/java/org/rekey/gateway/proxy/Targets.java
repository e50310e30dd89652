package org.rekey.gateway.proxy;

import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import org.rekey.gateway.route.Transport;
import org.rekey.gateway.route.Upstream;

/// Where a request goes.
final class Targets {
  private Targets() {}

  static RequestOptions options(Upstream upstream, Transport transport) {
    RequestOptions options =
        new RequestOptions()
            .setHost(upstream.host())
            .setPort(upstream.port())
            .setSsl(upstream.tls());
    if (transport.serverName().isPresent()) {
      options
          .setServer(SocketAddress.inetSocketAddress(upstream.port(), upstream.host()))
          .setHost(transport.serverName().get());
    }
    return options;
  }
}
