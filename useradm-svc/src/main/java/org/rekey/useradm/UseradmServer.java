package org.rekey.useradm;

import io.grpc.ManagedChannel;
import io.grpc.ServerServiceDefinition;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerificationKeysGrpc;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.db.Database;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.grpc.KeystoreContact;
import org.rekey.runtime.grpc.RpcServer;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.runtime.server.Lifecycle;
import org.rekey.runtime.server.ManagementEndpoint;
import org.rekey.runtime.tls.CredentialsWatch;
import org.rekey.runtime.tls.ServiceCredentials;
import org.rekey.runtime.trace.Tracing;
import org.rekey.useradm.grpc.PersonalAccessTokensEndpoint;
import org.rekey.useradm.grpc.SessionsEndpoint;
import org.rekey.useradm.grpc.SettingsEndpoint;
import org.rekey.useradm.grpc.TakeoverEndpoint;
import org.rekey.useradm.grpc.TokenHoldersEndpoint;
import org.rekey.useradm.grpc.UsersEndpoint;
import org.rekey.useradm.keystore.KeystoreSigner;
import org.rekey.useradm.keystore.UsageReport;
import org.rekey.useradm.password.PasswordHasher;
import org.rekey.useradm.postgres.PostgresTokens;
import org.rekey.verifier.serve.ExpiredTokens;
import org.rekey.verifier.serve.LiveTokens;
import org.rekey.verifier.serve.TokenVerifierEndpoint;
import org.rekey.verifier.serve.VerdictService;
import org.rekey.verifier.serve.VerificationKeysEndpoint;
import org.slf4j.LoggerFactory;

/// useradm-svc, put together by hand.
public final class UseradmServer implements AutoCloseable {
  private final Lifecycle lifecycle = new Lifecycle();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock;
  private final RpcServer rpc;

  /// Serves when it returns; health says NOT_SERVING until the key log has been read once,
  /// and until there is a keystore or has not been one for a while.
  ///
  /// @throws SettingsException for settings that cannot be used
  public static UseradmServer start(Map<String, String> environment) {
    return start(environment, InstantSource.system());
  }

  static UseradmServer start(Map<String, String> environment, InstantSource clock) {
    return new UseradmServer(
        UseradmConfig.read(environment), Tracing.start("useradm-svc", environment), clock);
  }

  private UseradmServer(UseradmConfig config, Tracing tracing, InstantSource clock) {
    this.clock = clock;
    lifecycle.manage("traces", tracing);
    try {
      this.rpc = start(config, tracing);
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

  private RpcServer start(UseradmConfig config, Tracing tracing) {
    UseradmSettings settings = config.settings();
    ServiceCredentials credentials = new ServiceCredentials(settings.tls());
    lifecycle
        .manage("service certificate", new CredentialsWatch(credentials, meters, clock))
        .start();
    Database database = Database.open(settings.database(), "useradm", meters);
    lifecycle.manage("database", database);
    UseradmEvents events =
        config
            .kafka()
            .map(kafka -> UseradmEvents.through(kafka, database.jdbi(), lifecycle, meters))
            .orElse(UseradmEvents.NONE);
    UseradmStores stores = UseradmStores.over(database.jdbi(), events.outbox(), clock);
    PostgresTokens tokens = stores.tokens();
    TokenUse use = new TokenUse(tokens, stores.unknownKids(), config.noteUseEvery(), clock);
    lifecycle.manage("token use", use).start();
    ManagedChannel keystore = Channels.open(config.keystore(), "keystore", credentials);
    lifecycle.manage("keystore channel", keystore::shutdownNow);
    VerdictService verdicts =
        new VerdictService(
            config.verdicts(),
            List.of(config.logKey()),
            keystore,
            events.bus(),
            new VerdictService.Books(tokens, new UsageReport(tokens), use),
            meters,
            clock,
            random);
    lifecycle.manage("verdicts", verdicts);
    PasswordHasher hasher =
        new PasswordHasher(
            config.passwordCost(),
            config.passwordThreads(),
            settings.password().hashQueue(),
            new BcryptUsers(stores.users(), clock),
            random,
            meters);
    lifecycle.manage("password threads", hasher);
    lifecycle
        .manage("expired tokens", new ExpiredTokens(tokens::removeExpired, clock, meters))
        .start();
    List<ServerServiceDefinition> services =
        services(config, stores, hasher, new KeystoreSigner(tracing.on(keystore)), verdicts);
    RpcServer server =
        RpcServer.start(settings.listen(), credentials, tracing.on(services), meters);
    lifecycle.manage("gRPC", server);
    KeystoreContact contact = new KeystoreContact(keystore);
    settings
        .managementListen()
        .map(
            listen ->
                new ManagementEndpoint(
                    listen,
                    meters,
                    ManagementEndpoint.all(
                        List.of(verdicts::lacks, contact::lacks, database::lacks)),
                    contact::notes))
        .ifPresent(management -> lifecycle.manage("management", management));
    verdicts.start();
    verdicts.whenReady(() -> contact.thenRun(() -> ready(server)));
    return server;
  }

  private List<ServerServiceDefinition> services(
      UseradmConfig config,
      UseradmStores stores,
      PasswordHasher hasher,
      TokenSigner signer,
      VerdictService verdicts) {
    LiveTokens live = verdicts.live();
    PasswordGate gate = new PasswordGate(hasher, new FailedLogins(config.failedLogins(), clock));
    Supplier<UUID> ids = UUID::randomUUID;
    Sessions sessions =
        new Sessions(
            stores.users(),
            stores.tokens(),
            hasher,
            gate,
            signer,
            verdicts.verdicts(),
            live,
            config.sessions(),
            clock,
            ids,
            meters);
    PersonalAccessTokens personal =
        new PersonalAccessTokens(stores.tokens(), signer, live, config.personal(), clock, ids);
    return List.of(
        new UsersEndpoint(new Users(stores.users(), hasher, gate, live, clock, ids)).bind(),
        new SessionsEndpoint(sessions).bind(),
        new PersonalAccessTokensEndpoint(personal).bind(),
        new SettingsEndpoint(new SavedSettings(stores.settings(), ids)).bind(),
        new TakeoverEndpoint(new Takeover(stores.takeover(), clock)).bind(),
        new TokenHoldersEndpoint(stores.holders(), clock).bind(),
        bind(verdicts.endpoint()),
        bind(verdicts.keys()));
  }

  private static ServerServiceDefinition bind(TokenVerifierEndpoint endpoint) {
    return RpcService.of(TokenVerifierGrpc.getServiceDescriptor())
        .direct(TokenVerifierGrpc.getVerifyMethod(), endpoint::verify)
        .bidiStream(TokenVerifierGrpc.getVerifyStreamMethod(), endpoint::verifyStream)
        .build();
  }

  private static ServerServiceDefinition bind(VerificationKeysEndpoint endpoint) {
    return RpcService.of(VerificationKeysGrpc.getServiceDescriptor())
        .direct(VerificationKeysGrpc.getListKeysMethod(), endpoint::listKeys)
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
