package org.rekey.gateway.rest;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.rekey.gateway.oauth.ClientGate;
import org.rekey.gateway.oauth.Clients;
import org.rekey.gateway.oauth.KeySets;
import org.rekey.gateway.oauth.TokenJudge;
import org.rekey.gateway.rpc.UnaryCalls;
import org.rekey.runtime.limit.Rate;

/// The real table, with handlers that have nobody to call.
final class UnwiredTable {
  private UnwiredTable() {}

  static RouteTable get() {
    Rpc rpc = new Rpc(Runnable::run, new Nobody());
    KeySets keys = new KeySets(new UnaryCalls(Runnable::run, new Nobody(), Duration.ofSeconds(1)));
    Publication publication = new Publication(Duration.ofMinutes(5), Optional.empty(), true);
    return RouteTable.of(
        new RouteTable.Resources(
            new SessionRoutes(rpc),
            new UserRoutes(rpc),
            new SettingsRoutes(rpc),
            new TokenRoutes(rpc),
            new PlanRoutes(),
            new DocumentRoutes(),
            new InternalRoutes(rpc, "default"),
            new HealthRoutes(rpc, "useradm-svc"),
            new AuthRequestRoutes(rpc),
            new DeviceRoutes(rpc),
            new DeviceInternalRoutes(rpc, "default"),
            new HealthRoutes(rpc, "deviceauth-svc"),
            new IssuerRoutes(keys, "useradm", publication),
            new IssuerRoutes(keys, "deviceauth", publication),
            new ClientRoutes(
                new ClientGate(Clients.NONE, Rate.of("off"), InstantSource.system()),
                new TokenJudge(List.of()),
                rpc,
                rpc)));
  }

  private static final class Nobody extends Channel {
    @Override
    public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
      throw new IllegalStateException(method.getFullMethodName() + ": nobody to call");
    }

    @Override
    public String authority() {
      return "nobody";
    }
  }
}
