package org.rekey.runtime.grpc;

import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.tls.ServiceCredentials;

/// A service's gRPC port: mutual TLS, the contract's callers and field rules enforced, health and
/// reflection served. Handlers run on the event loop unless their binding ([RpcService]) gives them
/// a thread.
public final class RpcServer implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
  private static final int MAX_METADATA_BYTES = 16 * 1024;
  private static final long GRACE_SECONDS = 3;

  static {
    // Netty follows one buffer in 128 to find those that are never released: a help for its
    // developers, which costs a verdict 4 % of its time.
    if (System.getProperty("io.netty.leakDetection.level") == null) {
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }
  }

  private final Server server;
  private final HealthStatusManager health;

  private RpcServer(Server server, HealthStatusManager health) {
    this.server = server;
    this.health = health;
  }

  /// Starts serving. Health says NOT_SERVING until [#ready].
  public static RpcServer start(
      HostPort listen,
      ServiceCredentials credentials,
      List<ServerServiceDefinition> services,
      MeterRegistry meters) {
    return start(listen, credentials.forServer(), AccessInterceptor.byContract(), services, meters);
  }

  /// Serves contracts that are not ours, and so say nothing of who may call.
  ///
  /// @param callers the names in the certificates of those who may; empty: anyone who reaches the
  ///     port
  public static RpcServer startForOthers(
      HostPort listen,
      ServerCredentials credentials,
      Optional<Set<String>> callers,
      List<ServerServiceDefinition> services,
      MeterRegistry meters) {
    return start(listen, credentials, AccessInterceptor.byName(callers), services, meters);
  }

  private static RpcServer start(
      HostPort listen,
      ServerCredentials credentials,
      AccessInterceptor access,
      List<ServerServiceDefinition> services,
      MeterRegistry meters) {
    HealthStatusManager health = new HealthStatusManager();
    health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(listen.toSocketAddress(), credentials)
            .directExecutor()
            .addTransportFilter(new Caller.Filter())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .maxInboundMetadataSize(MAX_METADATA_BYTES)
            .permitKeepAliveTime(10, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .intercept(new ValidationInterceptor())
            .intercept(access)
            .intercept(new FirstAnswerInterceptor())
            .intercept(new MetricsInterceptor(meters))
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance());
    services.forEach(builder::addService);
    try {
      return new RpcServer(builder.build().start(), health);
    } catch (IOException e) {
      throw new SettingsException(listen + ": cannot listen there: " + rootMessage(e));
    }
  }

  public int port() {
    return server.getPort();
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) server.getListenSockets().getFirst();
  }

  public void ready(boolean isReady) {
    health.setStatus(
        HealthStatusManager.SERVICE_NAME_ALL_SERVICES,
        isReady ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  }

  /// Tells callers to go elsewhere, lets running calls end, then stops.
  @Override
  public void close() {
    health.enterTerminalState();
    server.shutdown();
    try {
      if (!server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow();
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private static String rootMessage(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
