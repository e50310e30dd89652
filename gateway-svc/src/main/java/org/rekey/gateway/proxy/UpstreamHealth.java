package org.rekey.gateway.proxy;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.rekey.gateway.route.HealthCheck;
import org.rekey.gateway.route.Route;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.route.Upstream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which upstreams are not to be used, for all event loops.
///
/// An upstream with a health check is out after two checks in a row that failed, and back after one
/// that did not. Any upstream is out after three connections in a row that failed; without a health
/// check it is back once it takes a connection again, which is tried every second.
public final class UpstreamHealth {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamHealth.class);
  private static final int FAILED_CONNECTIONS = 3;
  private static final int FAILED_CHECKS = 2;
  private static final long TICK_MILLIS = 250;
  private static final Duration PROBE = Duration.ofSeconds(1);
  private static final Duration LONGEST_CHECK = Duration.ofSeconds(5);

  private final UpstreamClients clients;
  private final NetClient probes;
  private final Map<Upstream, Watched> watched = new HashMap<>();
  private final Map<Upstream, AtomicInteger> failedConnections = new ConcurrentHashMap<>();
  private volatile Set<Upstream> down = Set.of();

  /// All of this happens on the event loop that `vertx` gives to the caller.
  public UpstreamHealth(Vertx vertx, Duration connectTimeout, MeterRegistry meters) {
    this.clients = new UpstreamClients(vertx, connectTimeout, 1);
    this.probes =
        vertx.createNetClient(
            new NetClientOptions().setConnectTimeout((int) connectTimeout.toMillis()));
    Gauge.builder("gateway.upstreams.down", this, health -> health.down.size())
        .description("Upstreams that are not used now")
        .register(meters);
    vertx.setPeriodic(TICK_MILLIS, _ -> tick());
  }

  /// These upstreams matter from now on. What is known of those that stay is kept.
  public synchronized void follow(Routes routes) {
    Map<Upstream, Route> named = new HashMap<>();
    routes.routes().forEach(route -> route.upstreams().forEach(up -> named.putIfAbsent(up, route)));
    watched.keySet().retainAll(named.keySet());
    named.forEach(
        (upstream, route) ->
            watched.merge(upstream, new Watched(route), (old, fresh) -> old.as(fresh)));
    failedConnections.keySet().retainAll(named.keySet());
    Set<Upstream> left = new HashSet<>(down);
    left.retainAll(named.keySet());
    down = Set.copyOf(left);
    Set<org.rekey.gateway.route.Transport> used = new HashSet<>();
    routes.routes().forEach(route -> used.add(route.transport()));
    clients.retain(used);
  }

  boolean isUp(Upstream upstream) {
    Set<Upstream> out = down;
    return out.isEmpty() || !out.contains(upstream);
  }

  /// `host:port` of those that are not used now.
  public Set<String> down() {
    Set<String> names = new TreeSet<>();
    down.forEach(upstream -> names.add(upstream.authority()));
    return names;
  }

  void connected(Upstream upstream) {
    if (!failedConnections.isEmpty()) {
      failedConnections.remove(upstream);
    }
  }

  void notConnected(Upstream upstream) {
    int failed =
        failedConnections.computeIfAbsent(upstream, _ -> new AtomicInteger()).incrementAndGet();
    if (failed >= FAILED_CONNECTIONS) {
      out(upstream, "it takes no connections");
    }
  }

  private synchronized void out(Upstream upstream, String why) {
    if (watched.containsKey(upstream) && isUp(upstream)) {
      Set<Upstream> more = new HashSet<>(down);
      more.add(upstream);
      down = Set.copyOf(more);
      LOG.atWarn()
          .addKeyValue("upstream", upstream.authority())
          .addKeyValue("why", why)
          .log("an upstream is not used any more");
    }
  }

  private synchronized void back(Upstream upstream) {
    failedConnections.remove(upstream);
    if (!isUp(upstream)) {
      Set<Upstream> fewer = new HashSet<>(down);
      fewer.remove(upstream);
      down = Set.copyOf(fewer);
      LOG.atInfo().addKeyValue("upstream", upstream.authority()).log("an upstream is used again");
    }
  }

  private synchronized void tick() {
    long now = System.nanoTime();
    watched.forEach(
        (upstream, state) -> {
          Duration every = state.route.health().map(HealthCheck::interval).orElse(PROBE);
          boolean wanted = state.route.health().isPresent() || !isUp(upstream);
          if (wanted && !state.isBusy && now - state.lookedAt >= every.toNanos()) {
            state.isBusy = true;
            state.lookedAt = now;
            look(upstream, state);
          }
        });
  }

  private void look(Upstream upstream, Watched state) {
    Route route = state.route;
    Future<Void> answer =
        route.health().isPresent()
            ? check(upstream, route, route.health().get())
            : probes.connect(upstream.port(), upstream.host()).compose(NetSocket::close);
    answer.onComplete(
        _ -> looked(upstream, state, ""),
        thrown -> looked(upstream, state, String.valueOf(thrown.getMessage())));
  }

  private void looked(Upstream upstream, Watched state, String failure) {
    state.isBusy = false;
    if (failure.isEmpty()) {
      state.failedChecks = 0;
      back(upstream);
    } else if (++state.failedChecks >= FAILED_CHECKS) {
      out(upstream, failure);
    }
  }

  private Future<Void> check(Upstream upstream, Route route, HealthCheck check) {
    Duration limit =
        check.interval().compareTo(LONGEST_CHECK) < 0 ? check.interval() : LONGEST_CHECK;
    return clients
        .of(route.transport())
        .request(
            Targets.options(upstream, route.transport())
                .setMethod(HttpMethod.GET)
                .setURI(check.path())
                .setIdleTimeout(limit.toMillis()))
        .compose(HttpClientRequest::send)
        .compose(
            response -> {
              int status = response.statusCode();
              return response
                  .end()
                  .compose(
                      _ ->
                          status >= 200 && status < 400
                              ? Future.succeededFuture()
                              : Future.failedFuture(check.path() + " says " + status));
            });
  }

  /// Owned by the event loop of the health checks, but for `route`.
  private static final class Watched {
    private volatile Route route;
    private boolean isBusy;
    private int failedChecks;
    private long lookedAt = System.nanoTime() - LONGEST_CHECK.toNanos() * 1000;

    Watched(Route route) {
      this.route = route;
    }

    Watched as(Watched fresh) {
      route = fresh.route;
      return this;
    }
  }
}
