package org.rekey.gateway.rest;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;

/// The real table, with handlers that have nobody to call.
final class UnwiredTable {
  private UnwiredTable() {}

  static RouteTable get() {
    Rpc rpc = new Rpc(Runnable::run, new Nobody());
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
            new HealthRoutes(rpc, "deviceauth-svc")));
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
