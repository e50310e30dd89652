package org.rekey.deviceauth;

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
import org.rekey.deviceauth.grpc.AuthRequestsEndpoint;
import org.rekey.deviceauth.grpc.DevicesEndpoint;
import org.rekey.deviceauth.grpc.KeyRotationsEndpoint;
import org.rekey.deviceauth.grpc.TokenHoldersEndpoint;
import org.rekey.deviceauth.keystore.UsageReport;
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
import org.rekey.verifier.serve.ExpiredTokens;
import org.rekey.verifier.serve.KeystoreSigner;
import org.rekey.verifier.serve.LastUses;
import org.rekey.verifier.serve.TokenSigner;
import org.rekey.verifier.serve.TokenVerifierEndpoint;
import org.rekey.verifier.serve.VerdictService;
import org.rekey.verifier.serve.VerificationKeysEndpoint;
import org.slf4j.LoggerFactory;

/// deviceauth-svc, put together by hand.
public final class DeviceauthServer implements AutoCloseable {
  /// Some 160 bytes each; what does not fit is met again when it comes again.
  private static final int REMEMBERED_CHECK_INS = 200_000;

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
  public static DeviceauthServer start(Map<String, String> environment) {
    return start(environment, InstantSource.system());
  }

  static DeviceauthServer start(Map<String, String> environment, InstantSource clock) {
    return new DeviceauthServer(
        DeviceauthConfig.read(environment), Tracing.start("deviceauth-svc", environment), clock);
  }

  private DeviceauthServer(DeviceauthConfig config, Tracing tracing, InstantSource clock) {
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

  private RpcServer start(DeviceauthConfig config, Tracing tracing) {
    DeviceauthSettings settings = config.settings();
    ServiceCredentials credentials = new ServiceCredentials(settings.tls());
    lifecycle
        .manage("service certificate", new CredentialsWatch(credentials, meters, clock))
        .start();
    Database database = Database.open(settings.database(), "deviceauth", meters);
    lifecycle.manage("database", database);
    DeviceauthEvents events =
        config
            .kafka()
            .map(kafka -> DeviceauthEvents.through(kafka, database.jdbi(), lifecycle, meters))
            .orElse(DeviceauthEvents.NONE);
    Supplier<UUID> ids = UUID::randomUUID;
    DeviceauthStores stores = DeviceauthStores.over(database.jdbi(), events.outbox(), ids, clock);
    LastUses checkIns =
        new LastUses(stores.checkIns(), settings.checkInEvery(), REMEMBERED_CHECK_INS, clock);
    lifecycle.manage("check-ins", checkIns).start();
    ManagedChannel keystore = Channels.open(config.keystore(), "keystore", credentials);
    lifecycle.manage("keystore channel", keystore::shutdownNow);
    VerdictService verdicts =
        new VerdictService(
            config.verdicts(),
            List.of(config.logKey()),
            keystore,
            events.bus(),
            new VerdictService.Books(
                stores.tokens(),
                new UsageReport(stores.tokens()),
                accepted -> checkIns.used(accepted.subject())),
            meters,
            clock,
            random);
    lifecycle.manage("verdicts", verdicts);
    lifecycle
        .manage("expired tokens", new ExpiredTokens(stores.tokens()::removeExpired, clock, meters))
        .start();
    List<ServerServiceDefinition> services =
        services(
            config, stores, new KeystoreSigner("deviceauth", tracing.on(keystore)), verdicts, ids);
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
      DeviceauthConfig config,
      DeviceauthStores stores,
      TokenSigner signer,
      VerdictService verdicts,
      Supplier<UUID> ids) {
    NewDevices newDevices = new NewDevices(stores.requests(), config.newDevices(), clock, meters);
    AuthRequests requests =
        new AuthRequests(
            stores.requests(),
            stores.tokens(),
            newDevices,
            signer,
            verdicts.live(),
            config.authRequests(),
            clock,
            ids,
            meters);
    Devices devices =
        new Devices(
            stores.devices(),
            stores.decisions(),
            stores.tokens(),
            verdicts.live(),
            config.authRequests().minRsaBits(),
            clock,
            ids);
    KeyRotations rotations =
        new KeyRotations(
            stores.rotations(),
            verdicts.live(),
            config.authRequests().minRsaBits(),
            clock,
            ids,
            random,
            meters);
    return List.of(
        bind(verdicts.endpoint()),
        bind(verdicts.keys()),
        new AuthRequestsEndpoint(requests, rotations).bind(),
        new DevicesEndpoint(devices, new KeyRotationsEndpoint(rotations)).bind(),
        new TokenHoldersEndpoint(stores.holders(), clock).bind());
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
    LoggerFactory.getLogger(DeviceauthServer.class)
        .atInfo()
        .addKeyValue("port", server.port())
        .log("deviceauth is ready");
  }
}
