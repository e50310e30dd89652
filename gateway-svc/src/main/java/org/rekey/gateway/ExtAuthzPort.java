package org.rekey.gateway;

import io.grpc.ServerCredentials;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.forwardauth.ExtAuthz;
import org.rekey.gateway.http.Guard;
import org.rekey.gateway.http.RequestIds;
import org.rekey.gateway.route.Audience;
import org.rekey.proto.envoy.auth.v3.AuthorizationGrpc;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.grpc.RpcServer;
import org.rekey.runtime.grpc.RpcService;

/// The gRPC port where Envoys ask. All questions go through one event loop: the work is done by
/// gRPC's threads and by the issuers, and more questions in one message are cheaper.
final class ExtAuthzPort implements AutoCloseable {
  private final Vertx vertx;
  private final String deployment;
  private final RpcServer server;

  /// @param callers names in certificates; empty: anyone who reaches the port
  /// @param guards of an event loop
  record Parts(
      HostPort listen,
      ServerCredentials credentials,
      Optional<Set<String>> callers,
      Function<Context, Map<Audience, Guard>> guards,
      RequestIds requestIds,
      MeterRegistry meters) {}

  ExtAuthzPort(Vertx vertx, Parts parts) {
    this.vertx = vertx;
    Loop loop = new Loop(parts);
    deployment = vertx.deployVerticle(loop).toCompletionStage().toCompletableFuture().join();
    try {
      server =
          RpcServer.startForOthers(
              parts.listen(),
              parts.credentials(),
              parts.callers(),
              List.of(
                  RpcService.of(AuthorizationGrpc.getServiceDescriptor())
                      .direct(AuthorizationGrpc.getCheckMethod(), loop.answers()::check)
                      .build()),
              parts.meters());
    } catch (RuntimeException e) {
      vertx.undeploy(deployment).toCompletionStage().toCompletableFuture().join();
      throw e;
    }
    server.ready(true);
  }

  int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    vertx.undeploy(deployment).toCompletionStage().toCompletableFuture().join();
  }

  private static final class Loop extends VerticleBase {
    private final Parts parts;
    private @Nullable ExtAuthz answers;
    private Map<Audience, Guard> guards = Map.of();

    Loop(Parts parts) {
      this.parts = parts;
    }

    /// Once it has been deployed.
    ExtAuthz answers() {
      if (answers == null) {
        throw new IllegalStateException("not deployed");
      }
      return answers;
    }

    @Override
    public Future<?> start() {
      guards = parts.guards().apply(context);
      answers = new ExtAuthz(context, guards, parts.requestIds());
      return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
      guards.values().forEach(Guard::close);
      return Future.succeededFuture();
    }
  }
}
