package org.rekey.gateway.http;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.smallrye.config.WithDefault;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.limit.Buckets;
import org.rekey.runtime.limit.ClientNetwork;
import org.rekey.runtime.limit.Rate;

/// What one client may ask for, in bounded memory: by its address (an IPv6 /64 is one), and by the
/// subject of its token once that is known to be good. For all event loops of a port.
public final class TrafficLimits {
  /// See [org.rekey.gateway.GatewaySettings].
  public interface Settings {
    /// Requests from one address (`100/1s`, or `off`); then 429. An IPv6 /64 is one address.
    @WithDefault("100/1s")
    Rate requestsPerAddress();

    /// Requests with good tokens of one user or device; then 429.
    @WithDefault("off")
    Rate requestsPerSubject();

    /// Connections from one address at the same time; further ones are closed. 0: any number.
    @WithDefault("1000")
    int connectionsPerAddress();

    /// Connections at the same time; further ones are closed.
    @WithDefault("50000")
    int maxConnections();

    /// How late an event loop may come to what it should do. While it is later, three times in a
    /// row, all requests get 503 at once.
    @WithDefault("250ms")
    Duration maxLateness();

    /// Networks whose addresses are not limited, with commas: proxies before the gateway, and this
    /// machine. `none` for none.
    @WithDefault("127.0.0.0/8,::1/128")
    List<String> unlimitedNetworks();
  }

  private final Optional<Buckets> addresses;
  private final Optional<Buckets> subjects;
  private final Duration maxLateness;
  private final int perAddress;
  private final int maxConnections;
  private final List<IpSubnetFilterRule> unlimited;
  private final Map<String, AtomicInteger> connections = new ConcurrentHashMap<>();
  private final AtomicInteger allConnections = new AtomicInteger();
  private final Counter refusedByAddress;
  private final Counter refusedBySubject;
  private final Counter refusedConnections;
  private final Counter refusedLate;
  private final Set<Port> ports = ConcurrentHashMap.newKeySet();

  /// @param port below 0: any free one, as the HTTP library numbers them
  private record Port(String host, int port) {}

  /// @throws SettingsException for a network that cannot be read
  public TrafficLimits(Settings settings, InstantSource clock, MeterRegistry meters) {
    this.addresses = buckets(settings.requestsPerAddress(), clock);
    this.subjects = buckets(settings.requestsPerSubject(), clock);
    this.maxLateness = settings.maxLateness();
    this.perAddress = settings.connectionsPerAddress();
    this.maxConnections = settings.maxConnections();
    this.unlimited =
        settings.unlimitedNetworks().stream()
            .map(String::strip)
            .filter(network -> !network.equals("none"))
            .map(TrafficLimits::network)
            .toList();
    this.refusedByAddress = refused("address", meters);
    this.refusedBySubject = refused("subject", meters);
    this.refusedLate =
        Counter.builder("gateway.requests.shed")
            .description("Requests that were answered with 503, because the event loop was late")
            .register(meters);
    this.refusedConnections =
        Counter.builder("gateway.connections.refused")
            .description("Connections that were closed at once, because there were too many")
            .register(meters);
  }

  /// No limits, for ports that only other services reach.
  static TrafficLimits none() {
    return new TrafficLimits(new None(), InstantSource.system(), new SimpleMeterRegistry());
  }

  private static Counter refused(String by, MeterRegistry meters) {
    return Counter.builder("gateway.requests.limited")
        .description("Requests that were answered with 429")
        .tag("by", by)
        .register(meters);
  }

  private static Optional<Buckets> buckets(Rate rate, InstantSource clock) {
    return rate.isOff() ? Optional.empty() : Optional.of(new Buckets(rate, clock));
  }

  private static IpSubnetFilterRule network(String text) {
    try {
      return new IpSubnetFilterRule(text, IpFilterRuleType.ACCEPT);
    } catch (RuntimeException e) {
      throw new SettingsException(
          "GATEWAY_UNLIMITED_NETWORKS: " + text + " (expected: a network as in 10.0.0.0/8)");
    }
  }

  /// A port at which they hold, as it is asked for.
  void holdAt(String host, int port) {
    ports.add(new Port(host, port));
  }

  boolean isFor(String host, int port) {
    return ports.contains(new Port(host, port));
  }

  /// A client comes; null when there is no room for it.
  @Nullable Visitor enter(String address) {
    boolean isLimited = !isUnlimited(address);
    String network = isLimited ? ClientNetwork.of(address) : "";
    if (allConnections.incrementAndGet() > maxConnections) {
      allConnections.decrementAndGet();
      refusedConnections.increment();
      return null;
    }
    if (isLimited && perAddress > 0) {
      boolean[] isRoom = {true};
      connections.compute(
          network,
          (_, count) -> {
            AtomicInteger counted = count == null ? new AtomicInteger() : count;
            isRoom[0] = counted.get() < perAddress;
            if (isRoom[0]) {
              counted.incrementAndGet();
            }
            return counted;
          });
      if (!isRoom[0]) {
        allConnections.decrementAndGet();
        refusedConnections.increment();
        return null;
      }
    }
    return new Visitor(network);
  }

  void leave(Visitor visitor) {
    if (!visitor.leaves()) {
      return;
    }
    allConnections.decrementAndGet();
    connections.computeIfPresent(
        visitor.network(), (_, count) -> count.decrementAndGet() <= 0 ? null : count);
  }

  /// Of one event loop.
  Lateness lateness() {
    return new Lateness(maxLateness);
  }

  /// Whether there is time for a request; otherwise it has been answered.
  boolean admitNow(RequestScope scope, Lateness lateness) {
    if (lateness.isTooMuch()) {
      refusedLate.increment();
      Answers.unavailable(scope);
      return false;
    }
    return true;
  }

  /// Whether the client of a request may go on; otherwise it has been answered.
  boolean admitAddress(RequestScope scope, Visitor visitor) {
    return visitor.network().isEmpty()
        || addresses.isEmpty()
        || admit(scope, addresses.get().of(visitor.network()), refusedByAddress);
  }

  /// The same for the user or device that a good token is for.
  public boolean admitSubject(RequestScope scope) {
    return subjects.isEmpty()
        || scope.caller().isEmpty()
        || admit(scope, subjects.get().of(scope.caller().get().subject()), refusedBySubject);
  }

  private static boolean admit(RequestScope scope, Bucket bucket, Counter refused) {
    if (bucket.tryConsume(1)) {
      return true;
    }
    refused.increment();
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    Answers.tooManyRequests(scope, Duration.ofNanos(probe.getNanosToWaitForRefill()));
    return false;
  }

  private boolean isUnlimited(String address) {
    if (unlimited.isEmpty()) {
      return false;
    }
    try {
      InetSocketAddress parsed = new InetSocketAddress(InetAddress.ofLiteral(address), 0);
      return unlimited.stream().anyMatch(network -> network.matches(parsed));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private record None() implements Settings {
    @Override
    public Rate requestsPerAddress() {
      return Rate.OFF;
    }

    @Override
    public Rate requestsPerSubject() {
      return Rate.OFF;
    }

    @Override
    public Duration maxLateness() {
      return Duration.ofHours(1);
    }

    @Override
    public int connectionsPerAddress() {
      return 0;
    }

    @Override
    public int maxConnections() {
      return Integer.MAX_VALUE;
    }

    @Override
    public List<String> unlimitedNetworks() {
      return List.of();
    }
  }
}
