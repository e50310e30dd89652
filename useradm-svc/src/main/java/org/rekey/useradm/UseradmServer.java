package org.rekey.useradm;

import io.grpc.ManagedChannel;
import io.grpc.ServerServiceDefinition;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.useradm.v1.PersonalAccessTokensGrpc;
import org.rekey.proto.useradm.v1.SettingsGrpc;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.db.Database;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.grpc.RpcServer;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.runtime.kafka.Topic;
import org.rekey.runtime.outbox.Outbox;
import org.rekey.runtime.outbox.OutboxRelay;
import org.rekey.runtime.outbox.OutboxTopic;
import org.rekey.runtime.server.Lifecycle;
import org.rekey.runtime.server.ManagementEndpoint;
import org.rekey.runtime.tls.ServiceCredentials;
import org.rekey.useradm.grpc.SessionsEndpoint;
import org.rekey.useradm.grpc.UsersEndpoint;
import org.rekey.useradm.keystore.KeystoreSigner;
import org.rekey.useradm.keystore.UsageReport;
import org.rekey.useradm.password.PasswordHasher;
import org.rekey.useradm.postgres.PostgresTokens;
import org.rekey.useradm.postgres.PostgresUsers;
import org.rekey.verifier.serve.TokenSeal;
import org.rekey.verifier.serve.TokenVerifierEndpoint;
import org.rekey.verifier.serve.VerdictService;
import org.slf4j.LoggerFactory;

/// useradm-svc, put together by hand.
public final class UseradmServer implements AutoCloseable {
  private static final String TOKEN_TOPIC = "rekey.useradm.token.v1";

  private final Lifecycle lifecycle = new Lifecycle();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock;
  private final RpcServer rpc;

  /// Serves when it returns; health says NOT_SERVING until the key log has been read once.
  ///
  /// @throws SettingsException for settings that cannot be used
  public static UseradmServer start(Map<String, String> environment) {
    return start(environment, InstantSource.system());
  }

  static UseradmServer start(Map<String, String> environment, InstantSource clock) {
    return new UseradmServer(UseradmConfig.read(environment), clock);
  }

  private UseradmServer(UseradmConfig config, InstantSource clock) {
    this.clock = clock;
    try {
      this.rpc = start(config);
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

  private RpcServer start(UseradmConfig config) {
    UseradmSettings settings = config.settings();
    ServiceCredentials credentials = new ServiceCredentials(settings.tls());
    Database database = Database.open(settings.database(), "useradm", meters);
    lifecycle.manage("database", database);
    Events events =
        settings
            .kafkaBootstrapServers()
            .map(servers -> events(servers, database))
            .orElse(Events.NONE);
    PostgresUsers users = new PostgresUsers(database.jdbi());
    PostgresTokens tokens = new PostgresTokens(database.jdbi());
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
    PasswordHasher hasher =
        new PasswordHasher(
            config.passwordCost(),
            config.passwordThreads(),
            settings.password().hashQueue(),
            random,
            meters);
    lifecycle.manage("password threads", hasher);
    Sessions sessions =
        new Sessions(
            users,
            tokens,
            hasher,
            new KeystoreSigner(keystore),
            verdicts.verdicts(),
            verdicts.live(),
            config.sessions(),
            clock,
            UUID::randomUUID,
            meters);
    lifecycle.manage("expired tokens", new ExpiredTokens(tokens, clock, meters)).start();
    List<ServerServiceDefinition> services =
        List.of(
            new UsersEndpoint(new Users(users, hasher, clock, UUID::randomUUID)).bind(),
            new SessionsEndpoint(sessions).bind(),
            bind(verdicts.endpoint()),
            RpcService.of(PersonalAccessTokensGrpc.getServiceDescriptor()).build(),
            RpcService.of(SettingsGrpc.getServiceDescriptor()).build());
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

  /// @param bus null without Kafka
  private record Events(Outbox outbox, VerdictService.@Nullable Bus bus) {
    private static final Events NONE = new Events(Outbox.closed(), null);
  }

  private Events events(String kafka, Database database) {
    TokenSeal seal = new TokenSeal(TOKEN_TOPIC, OutboxRelay.secret(database.jdbi(), TOKEN_TOPIC));
    OutboxTopic topic =
        new OutboxTopic(
            Topic.kept(TOKEN_TOPIC, Duration.ofDays(1)),
            seal::seal,
            Optional.of(TokenSeal::watermark));
    OutboxRelay relay =
        lifecycle.manage(
            "outbox", new OutboxRelay("useradm", kafka, database.jdbi(), List.of(topic), meters));
    relay.start();
    return new Events(Outbox.open(relay::ring), VerdictService.Bus.of(kafka, seal));
  }

  private static ServerServiceDefinition bind(TokenVerifierEndpoint endpoint) {
    return RpcService.of(TokenVerifierGrpc.getServiceDescriptor())
        .direct(TokenVerifierGrpc.getVerifyMethod(), endpoint::verify)
        .bidiStream(TokenVerifierGrpc.getVerifyStreamMethod(), endpoint::verifyStream)
        .build();
  }

  private static void ready(RpcServer server) {
    server.ready(true);
    LoggerFactory.getLogger(UseradmServer.class)
        .atInfo()
        .addKeyValue("port", server.port())
        .log("useradm is ready");
  }
}
