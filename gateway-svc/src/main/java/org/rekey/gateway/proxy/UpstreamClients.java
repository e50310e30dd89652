package org.rekey.gateway.proxy;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemTrustOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.rekey.gateway.http.LateStreams;
import org.rekey.gateway.route.Protocol;
import org.rekey.gateway.route.Transport;

/// The connections to the upstreams, of one event loop: a pool for each upstream and way of
/// speaking to it.
final class UpstreamClients {
  private static final int WAITING = 1024;
  private static final long DRAIN_HOURS = 24;
  private static final long LAST_USERS_MILLIS = 10_000;

  private final Vertx vertx;
  private final Duration connectTimeout;
  private final int eventLoops;
  private final Map<Transport, HttpClient> clients = new HashMap<>();

  /// @param connectTimeout for transports that name none
  /// @param eventLoops among which the connections of a transport are divided
  UpstreamClients(Vertx vertx, Duration connectTimeout, int eventLoops) {
    this.vertx = vertx;
    this.connectTimeout = connectTimeout;
    this.eventLoops = eventLoops;
  }

  HttpClient of(Transport transport) {
    HttpClient known = clients.get(transport);
    if (known != null) {
      return known;
    }
    HttpClient opened = open(transport);
    clients.put(transport, opened);
    return opened;
  }

  Duration connectTimeout(Transport transport) {
    return transport.connectTimeout().orElse(connectTimeout);
  }

  /// Closes all others, once what is under way on them has ended.
  void retain(Set<Transport> used) {
    for (Iterator<Map.Entry<Transport, HttpClient>> all = clients.entrySet().iterator();
        all.hasNext(); ) {
      Map.Entry<Transport, HttpClient> entry = all.next();
      if (!used.contains(entry.getKey())) {
        HttpClient old = entry.getValue();
        all.remove();
        vertx.setTimer(LAST_USERS_MILLIS, _ -> old.shutdown(DRAIN_HOURS, TimeUnit.HOURS));
      }
    }
  }

  private HttpClient open(Transport transport) {
    HttpClientOptions options =
        new HttpClientOptions()
            .setKeepAlive(true)
            .setPipelining(false)
            .setConnectTimeout((int) connectTimeout(transport).toMillis())
            .setSslHandshakeTimeout(connectTimeout(transport).toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
            .setKeepAliveTimeout(30)
            .setHttp2KeepAliveTimeout(60)
            .setDecompressionSupported(false)
            .setForceSni(true)
            .setVerifyHost(true);
    if (transport.protocol() == Protocol.HTTP1) {
      options.setProtocolVersion(HttpVersion.HTTP_1_1);
    } else {
      options
          .setProtocolVersion(HttpVersion.HTTP_2)
          .setUseAlpn(true)
          .setHttp2ClearTextUpgrade(false);
    }
    transport
        .ca()
        .ifPresent(
            ca ->
                options.setTrustOptions(
                    new PemTrustOptions().addCertValue(Buffer.buffer(ca.pem()))));
    int connections = Math.max(1, transport.connections() / eventLoops);
    return vertx
        .httpClientBuilder()
        .with(options)
        .with(
            new PoolOptions()
                .setHttp1MaxSize(connections)
                .setHttp2MaxSize(Math.min(connections, 16))
                .setMaxWaitQueueSize(WAITING))
        .withConnectHandler(LateStreams::watch)
        .build();
  }
}
