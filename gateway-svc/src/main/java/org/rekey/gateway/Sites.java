package org.rekey.gateway;

import io.grpc.Channel;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.rekey.gateway.forwardauth.ForwardAuth;
import org.rekey.gateway.http.EdgeMetrics;
import org.rekey.gateway.http.Guard;
import org.rekey.gateway.http.PortCallers;
import org.rekey.gateway.http.Site;
import org.rekey.gateway.http.TrafficLimits;
import org.rekey.gateway.mtls.DeviceGate;
import org.rekey.gateway.oauth.ClientGate;
import org.rekey.gateway.proxy.Forwarder;
import org.rekey.gateway.proxy.UpstreamHealth;
import org.rekey.gateway.rest.Publication;
import org.rekey.gateway.rest.RestApi;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.verdict.LoopChannels;
import org.rekey.gateway.verdict.VerdictClient;
import org.rekey.runtime.watch.LiveFile;

/// Puts together what each port serves, once for each event loop.
record Sites(
    GatewaySettings settings,
    Channel useradm,
    Channel deviceauth,
    LoopChannels userVerdicts,
    LoopChannels deviceVerdicts,
    Proxy proxy,
    int eventLoops,
    EdgeMetrics metrics,
    ClientGate clients,
    Publication publication) {

  /// What proxying needs beside the settings.
  record Proxy(LiveFile<Routes> routes, UpstreamHealth health, TrafficLimits limits) {}

  Site open(Vertx vertx, Context loop) {
    Map<Audience, Guard> guards = guards(loop);
    return new PublicSite(
        RestApi.management(parts(loop, guards)),
        guards,
        proxy.limits(),
        proxy.routes()::get,
        new Forwarder(vertx, forwarding(), proxy.health(), proxy.routes()::get));
  }

  private Forwarder.Limits forwarding() {
    return new Forwarder.Limits(
        settings.upstreamConnectTimeout(),
        settings.requestBodyTimeout(),
        Math.max(1, settings.maxRequests() / eventLoops),
        eventLoops);
  }

  /// The same for devices that the gate lets in.
  Site openDevices(DeviceGate gate, Vertx vertx, Context loop) {
    return new DeviceSite(gate, open(vertx, loop));
  }

  Site openInternal(Vertx vertx, Context loop) {
    Map<Audience, Guard> guards = guards(loop);
    return new InternalSite(
        RestApi.internal(parts(loop, guards)),
        guards,
        new PortCallers(
            switch (settings.internalAccess()) {
              case MUTUAL_TLS -> Optional.of(settings.internalCallers());
              case ANYONE_WHO_REACHES_THE_PORT -> Optional.empty();
            },
            "GATEWAY_INTERNAL_CALLERS"));
  }

  Site openVerify(Vertx vertx, Context loop) {
    return new ForwardAuth(
        guards(loop), new PortCallers(verifyCallers(), "GATEWAY_VERIFY_CALLERS"));
  }

  /// Who may ask for verdicts; empty: anyone who reaches the port.
  Optional<Set<String>> verifyCallers() {
    return switch (settings.verifyAccess()) {
      case MUTUAL_TLS -> Optional.of(settings.verifyCallers());
      case ANYONE_OVER_TLS, ANYONE_WHO_REACHES_THE_PORT -> Optional.empty();
    };
  }

  private RestApi.Parts parts(Context loop, Map<Audience, Guard> guards) {
    Executor executor = work -> loop.runOnContext(_ -> work.run());
    return new RestApi.Parts(
        executor,
        useradm,
        deviceauth,
        guards,
        settings.requestSizeLimit(),
        settings.tenantId(),
        publication,
        clients);
  }

  Map<Audience, Guard> guards(Context loop) {
    return Map.of(
        Audience.USERS, guard(Audience.USERS, userVerdicts, loop),
        Audience.DEVICES, guard(Audience.DEVICES, deviceVerdicts, loop));
  }

  private Guard guard(Audience audience, LoopChannels issuer, Context loop) {
    long timeout = settings.verdictTimeout().toNanos();
    return new Guard(
        audience,
        new VerdictClient(loop, issuer.of(loop), timeout),
        metrics,
        Math.max(1, settings.maxWaitingForVerdicts() / eventLoops));
  }
}
