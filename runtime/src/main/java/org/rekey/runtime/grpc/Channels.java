package org.rekey.runtime.grpc;

import io.grpc.ManagedChannel;
import io.grpc.NameResolverRegistry;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.rekey.runtime.tls.ServiceCredentials;

/// Channels to other services: mutual TLS with the other end's name checked, calls spread over its
/// replicas, and the calls that may be repeated repeated at another one.
public final class Channels {
  /// Calls without a lasting effect: another replica may be asked when one is away.
  private static final List<Map<String, String>> REPEATABLE =
      List.of(
          Map.of("service", "rekey.auth.v1.TokenVerifier", "method", "Verify"),
          Map.of("service", "rekey.keystore.v1.KeyLog"));

  private static final Duration RECONNECT_EVERY = Duration.ofSeconds(1);

  /// Where every request of a client waits for it.
  private static final Duration RECONNECT_SOON = Duration.ofMillis(200);

  private static final ScheduledExecutorService RETRIES =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("reconnect").factory());

  static {
    NameResolverRegistry.getDefaultRegistry().register(new ReplicaResolver.Provider());
  }

  private Channels() {}

  /// @param target `host:port`, or several replicas `host:port,host:port`
  /// @param name the name that the other end's certificate must bear, e.g. `keystore`
  public static ManagedChannel open(String target, String name, ServiceCredentials credentials) {
    return open(target, name, credentials, RECONNECT_EVERY);
  }

  static ManagedChannel open(
      String target, String name, ServiceCredentials credentials, Duration reconnectEvery) {
    return started(builder(target, name, credentials), reconnectEvery);
  }

  /// As [#open(String, String, ServiceCredentials)], on an event loop of the caller's: who calls
  /// from that loop is answered on it, and no other thread is woken on the way.
  ///
  /// @param sockets what that loop can drive
  public static ManagedChannel openOn(
      EventLoop loop,
      Class<? extends SocketChannel> sockets,
      String target,
      String name,
      ServiceCredentials credentials) {
    return started(
        builder(target, name, credentials).eventLoopGroup(loop).channelType(sockets),
        RECONNECT_SOON);
  }

  private static NettyChannelBuilder builder(
      String target, String name, ServiceCredentials credentials) {
    return NettyChannelBuilder.forTarget(ReplicaResolver.uri(target), credentials.forClient())
        .overrideAuthority(name)
        .directExecutor()
        .intercept(new ClosedConnections())
        .defaultServiceConfig(serviceConfig())
        .enableRetry()
        .keepAliveTime(20, TimeUnit.SECONDS)
        .keepAliveTimeout(5, TimeUnit.SECONDS)
        .keepAliveWithoutCalls(true);
  }

  private static ManagedChannel started(NettyChannelBuilder builder, Duration reconnectEvery) {
    ManagedChannel channel = builder.build();
    keepTrying(channel, reconnectEvery);
    return channel;
  }

  /// gRPC waits longer after every failed try to connect, up to two minutes. A replica that has
  /// come back would not be called for as long, and when all were gone, none. So the wait is cut
  /// short.
  private static void keepTrying(ManagedChannel channel, Duration every) {
    var _ =
        RETRIES.schedule(
            () -> {
              if (!channel.isShutdown()) {
                keepTrying(channel, every);
                channel.resetConnectBackoff();
              }
            },
            every.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private static Map<String, Object> serviceConfig() {
    Map<String, Object> retry =
        Map.of(
            "maxAttempts",
            3.0,
            "initialBackoff",
            "0.02s",
            "maxBackoff",
            "0.2s",
            "backoffMultiplier",
            2.0,
            "retryableStatusCodes",
            // UNKNOWN: see ClosedConnections. Services themselves never say it.
            List.of("UNAVAILABLE", "UNKNOWN"));
    return Map.of(
        "loadBalancingConfig", List.of(Map.of("round_robin", Map.of())),
        "methodConfig", List.of(Map.of("name", REPEATABLE, "retryPolicy", retry)));
  }
}
