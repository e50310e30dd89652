package org.rekey.gateway;

import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.rekey.gateway.access.AccessLog;
import org.rekey.gateway.http.EdgeMetrics;
import org.rekey.gateway.http.Entrance;
import org.rekey.gateway.http.Listener;
import org.rekey.gateway.http.TrafficLimits;
import org.rekey.gateway.oauth.ClientGate;
import org.rekey.gateway.oauth.Clients;
import org.rekey.gateway.oauth.ClientsFile;
import org.rekey.gateway.proxy.UpstreamHealth;
import org.rekey.gateway.rest.Publication;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.route.RoutesFile;
import org.rekey.gateway.tls.CertificateExchange;
import org.rekey.gateway.tls.CertificateFiles;
import org.rekey.gateway.tls.ServedCertificates;
import org.rekey.gateway.verdict.LoopChannels;
import org.rekey.runtime.config.Settings;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.grpc.Serving;
import org.rekey.runtime.server.Lifecycle;
import org.rekey.runtime.server.ManagementEndpoint;
import org.rekey.runtime.tls.CredentialsWatch;
import org.rekey.runtime.tls.ServiceCredentials;
import org.rekey.runtime.trace.Tracing;
import org.rekey.runtime.watch.LiveFile;
import org.rekey.runtime.watch.Watch;

/// The gateway, put together.
public final class GatewayServer implements AutoCloseable {
  private static final long STOP_SECONDS = 3;

  private final Lifecycle lifecycle = new Lifecycle();
  private final Listener https;
  private final Optional<DevicePort> devices;
  private final Optional<Listener> internal;
  private final Optional<Listener> verify;
  private final Optional<ExtAuthzPort> extAuthz;
  private final InstantSource clock = InstantSource.system();

  private GatewayServer(GatewaySettings settings, Tracing tracing) {
    lifecycle.manage("traces", tracing);
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    lifecycle.manage("metrics", meters::close);
    new JvmMemoryMetrics().bindTo(meters);
    lifecycle.manage("gc metrics", bound(new JvmGcMetrics(), meters));
    LiveFile<Routes> routes =
        LiveFile.open(settings.routes(), Routes.NONE, RoutesFile::read, Routes::isAsItWas);
    refused("gateway.routes.refused", "the routes file", routes, meters);
    LiveFile<Clients> clients =
        LiveFile.open(settings.clients(), Clients.NONE, ClientsFile::read, _ -> true);
    refused("gateway.clients.refused", "the clients file", clients, meters);
    ServiceCredentials credentials = new ServiceCredentials(settings.tls());
    lifecycle
        .manage("service certificate", new CredentialsWatch(credentials, meters, clock))
        .start();
    ManagedChannel useradm = Channels.open(settings.useradmTarget(), "useradm", credentials);
    lifecycle.manage("useradm channel", closing(useradm));
    ManagedChannel deviceauth =
        Channels.open(settings.deviceauthTarget(), "deviceauth", credentials);
    lifecycle.manage("deviceauth channel", closing(deviceauth));
    AccessLog log = lifecycle.manage("access log", AccessLog.open(settings.accessLog(), meters));
    EdgeMetrics metrics =
        new EdgeMetrics(
            meters, log, tracing, settings.trustTraceparent(), settings.devicesSeenWithin());
    int loops =
        settings.eventLoops() > 0
            ? settings.eventLoops()
            : Runtime.getRuntime().availableProcessors();
    TrafficLimits limits = new TrafficLimits(settings.traffic(), clock, meters);
    Entrance entrance = new Entrance(limits, settings.waitingHandshakes(), meters);
    Vertx vertx = entrance.vertx(loops);
    lifecycle.manage("event loops", () -> stop(vertx));
    UpstreamHealth health = new UpstreamHealth(vertx, settings.upstreamConnectTimeout(), meters);
    routes.onChange(health::follow);
    watch("routes", routes::look);
    Sites sites =
        new Sites(
            settings,
            tracing.on(useradm),
            tracing.on(deviceauth),
            lifecycle.manage(
                "useradm verdicts",
                new LoopChannels(settings.useradmTarget(), "useradm", credentials)),
            lifecycle.manage(
                "deviceauth verdicts",
                new LoopChannels(settings.deviceauthTarget(), "deviceauth", credentials)),
            new Sites.Proxy(routes, health, limits),
            loops,
            metrics,
            gate(clients, settings),
            publication(settings));
    Ports ports = new Ports(vertx, settings, sites, GatewayServer::requestId);
    ServedCertificates certificates =
        new ServedCertificates(
            vertx,
            new CertificateFiles(settings.certificate(), settings.key()),
            settings.certificateDirectory(),
            "GATEWAY_CERTIFICATE, GATEWAY_KEY",
            clock.instant());
    https = lifecycle.manage("https", ports.https(certificates, loops));
    devices =
        settings
            .mtls()
            .map(
                mtls ->
                    lifecycle.manage(
                        "mutual TLS",
                        DevicePort.open(ports, mtls, certificates, loops, meters, clock)));
    CertificateStatus status =
        new CertificateStatus(
            certificates,
            Stream.concat(
                    Stream.of(new CertificateStatus.Port("https", https)),
                    devices.stream()
                        .map(port -> new CertificateStatus.Port("mutual TLS", port.listener())))
                .toList(),
            meters,
            clock);
    CertificateExchange shown =
        new CertificateExchange(
            certificates,
            () -> {
              https.show(certificates.options(), certificates.fingerprints());
              devices.ifPresent(port -> port.show(certificates));
            },
            clock);
    watch(
        "certificates",
        () -> {
          shown.look();
          status.update();
        });
    ServedCertificates own = own(vertx, settings.tls());
    internal =
        settings
            .internalListen()
            .map(listen -> lifecycle.manage("internal", ports.internal(listen, own)));
    verify =
        settings
            .verifyListen()
            .map(listen -> lifecycle.manage("verify", ports.verify(listen, own, loops)));
    List<Listener> amongServices = Stream.of(internal, verify).flatMap(Optional::stream).toList();
    CertificateExchange ownShown =
        new CertificateExchange(
            own,
            () -> amongServices.forEach(port -> port.show(own.options(), own.fingerprints())),
            clock);
    if (!amongServices.isEmpty()) {
      watch("the gateway's own certificate", ownShown::look);
    }
    extAuthz =
        settings
            .extAuthzListen()
            .map(
                listen ->
                    lifecycle.manage("ext_authz", ports.extAuthz(listen, credentials, meters)));
    List<Listener> all =
        Stream.of(
                Stream.of(https),
                devices.map(DevicePort::listener).stream(),
                amongServices.stream())
            .flatMap(listeners -> listeners)
            .toList();
    lifecycle.manage("clients", new Leave(entrance, all, settings.leaveWithin()));
    settings
        .managementListen()
        .ifPresent(
            listen ->
                lifecycle
                    .manage(
                        "management",
                        new ManagementEndpoint(
                            listen,
                            meters,
                            ManagementEndpoint.all(
                                List.of(
                                    () -> Serving.lacks(useradm, "useradm"),
                                    () -> Serving.lacks(deviceauth, "deviceauth"))),
                            () -> notes(certificates, own, List.of(routes, clients), health)))
                    .page("/certificates", "application/json", status::json));
  }

  /// What other services and proxies are shown.
  private ServedCertificates own(Vertx vertx, TlsSettings tls) {
    return new ServedCertificates(
        vertx,
        new CertificateFiles(tls.certificate(), tls.key()),
        Optional.empty(),
        "GATEWAY_TLS_CERTIFICATE, GATEWAY_TLS_KEY",
        clock.instant());
  }

  private void watch(String files, Runnable look) {
    lifecycle.manage(files, new Watch(files, look)).start();
  }

  private static Publication publication(GatewaySettings settings) {
    return new Publication(
        settings.jwksMaxAge(), settings.publicUrl(), settings.clients().isPresent());
  }

  private ClientGate gate(LiveFile<Clients> clients, GatewaySettings settings) {
    ClientGate gate = new ClientGate(clients.get(), settings.failedClientsPerAddress(), clock);
    clients.onChange(gate::admitOnly);
    watch("clients", clients::look);
    return gate;
  }

  private static void refused(
      String metric, String what, LiveFile<?> file, PrometheusMeterRegistry meters) {
    Gauge.builder(metric, file, live -> live.refused().size())
        .description("What is wrong with " + what + "; what it said before goes on")
        .register(meters);
  }

  /// @throws org.rekey.runtime.config.SettingsException naming every setting that cannot be used
  public static GatewayServer start(Map<String, String> environment) {
    return new GatewayServer(
        Settings.read(GatewaySettings.class, environment),
        Tracing.start("gateway-svc", environment));
  }

  /// The HTTPS port that is really listened to.
  public int port() {
    return https.port();
  }

  /// The mutual TLS port for devices, if there is one.
  public Optional<Integer> devicePort() {
    return devices.map(port -> port.listener().port());
  }

  /// The port of the internal API, if there is one.
  public Optional<Integer> internalPort() {
    return internal.map(Listener::port);
  }

  /// The port where other proxies ask for verdicts, if there is one.
  public Optional<Integer> verifyPort() {
    return verify.map(Listener::port);
  }

  /// The port where Envoys do, if there is one.
  public Optional<Integer> extAuthzPort() {
    return extAuthz.map(ExtAuthzPort::port);
  }

  @Override
  public void close() {
    lifecycle.close();
  }

  /// Unique, not secret: the fast generator is good enough and does not block an event loop for
  /// entropy.
  private static String requestId() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new UUID(
            (random.nextLong() & ~0xf000L) | 0x4000L,
            (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L)
        .toString();
  }

  /// What somebody should look into although the gateway serves.
  private List<String> notes(
      ServedCertificates certificates,
      ServedCertificates own,
      List<LiveFile<?>> files,
      UpstreamHealth health) {
    List<String> notes = new ArrayList<>(certificates.refused());
    notes.addAll(own.refused());
    devices.map(DevicePort::notes).ifPresent(notes::addAll);
    files.forEach(file -> notes.addAll(file.refused()));
    health.down().forEach(upstream -> notes.add(upstream + ": this upstream is not used now"));
    return notes;
  }

  private static JvmGcMetrics bound(JvmGcMetrics metrics, PrometheusMeterRegistry meters) {
    metrics.bindTo(meters);
    return metrics;
  }

  /// All ports are closed by now. A connection to an upstream that does not read would keep the
  /// library waiting for minutes.
  private static void stop(Vertx vertx) {
    vertx
        .close()
        .toCompletionStage()
        .toCompletableFuture()
        .completeOnTimeout(null, STOP_SECONDS, TimeUnit.SECONDS)
        .join();
  }

  private static AutoCloseable closing(ManagedChannel channel) {
    return () -> channel.shutdownNow().awaitTermination(2, TimeUnit.SECONDS);
  }
}
