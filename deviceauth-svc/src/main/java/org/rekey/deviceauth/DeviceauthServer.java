package org.rekey.deviceauth;

import io.grpc.ManagedChannel;
import io.grpc.ServerServiceDefinition;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.rekey.deviceauth.keystore.UsageReport;
import org.rekey.deviceauth.postgres.PostgresDeviceTokens;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.deviceauth.v1.AuthRequestsGrpc;
import org.rekey.proto.deviceauth.v1.DevicesGrpc;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.db.Database;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.grpc.RpcServer;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.runtime.server.Lifecycle;
import org.rekey.runtime.server.ManagementEndpoint;
import org.rekey.runtime.tls.ServiceCredentials;
import org.rekey.verifier.serve.TokenVerifierEndpoint;
import org.rekey.verifier.serve.VerdictService;
import org.slf4j.LoggerFactory;

/// deviceauth-svc, put together by hand.
public final class DeviceauthServer implements AutoCloseable {
  private final Lifecycle lifecycle = new Lifecycle();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final RpcServer rpc;

  /// Serves when it returns; health says NOT_SERVING until the key log has been read once.
  ///
  /// @throws SettingsException for settings that cannot be used
  public static DeviceauthServer start(Map<String, String> environment) {
    return new DeviceauthServer(
        DeviceauthConfig.read(environment), InstantSource.system(), new SecureRandom());
  }

  private DeviceauthServer(DeviceauthConfig config, InstantSource clock, SecureRandom random) {
    try {
      this.rpc = start(config, clock, random);
    } catch (RuntimeException e) {
      lifecycle.close();
      throw e;
    }
  }

  public int port() {
    return rpc.port();
  }

  @Override
  public void close() {
    lifecycle.close();
  }

  private RpcServer start(DeviceauthConfig config, InstantSource clock, SecureRandom random) {
    DeviceauthSettings settings = config.settings();
    ServiceCredentials credentials = new ServiceCredentials(settings.tls());
    Database database = Database.open(settings.database(), "deviceauth", meters);
    lifecycle.manage("database", database);
    DeviceauthEvents events =
        settings
            .kafkaBootstrapServers()
            .map(kafka -> DeviceauthEvents.through(kafka, database.jdbi(), lifecycle, meters))
            .orElse(DeviceauthEvents.NONE);
    PostgresDeviceTokens tokens = new PostgresDeviceTokens(database.jdbi());
    ManagedChannel keystore = Channels.open(config.keystore(), "keystore", credentials);
    lifecycle.manage("keystore channel", keystore::shutdownNow);
    VerdictService verdicts =
        new VerdictService(
            config.verdicts(),
            List.of(config.logKey()),
            keystore,
            events.bus(),
            new VerdictService.Books(tokens, new UsageReport(tokens), _ -> {}),
            meters,
            clock,
            random);
    lifecycle.manage("verdicts", verdicts);
    List<ServerServiceDefinition> services =
        List.of(
            bind(verdicts.endpoint()),
            RpcService.of(AuthRequestsGrpc.getServiceDescriptor()).build(),
            RpcService.of(DevicesGrpc.getServiceDescriptor()).build());
    RpcServer server = RpcServer.start(settings.listen(), credentials, services, meters);
    lifecycle.manage("gRPC", server);
    settings
        .managementListen()
        .map(listen -> new ManagementEndpoint(listen, meters, verdicts::lacks))
        .ifPresent(management -> lifecycle.manage("management", management));
    verdicts.start();
    verdicts.whenReady(() -> ready(server));
    return server;
  }

  private static ServerServiceDefinition bind(TokenVerifierEndpoint endpoint) {
    return RpcService.of(TokenVerifierGrpc.getServiceDescriptor())
        .direct(TokenVerifierGrpc.getVerifyMethod(), endpoint::verify)
        .bidiStream(TokenVerifierGrpc.getVerifyStreamMethod(), endpoint::verifyStream)
        .build();
  }

  private static void ready(RpcServer server) {
    server.ready(true);
    LoggerFactory.getLogger(DeviceauthServer.class)
        .atInfo()
        .addKeyValue("port", server.port())
        .log("deviceauth is ready");
  }
}
