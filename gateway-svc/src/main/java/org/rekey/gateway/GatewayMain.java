package org.rekey.gateway;

import org.rekey.runtime.server.ServiceMain;

/// The gateway as a process.
public final class GatewayMain {
  private GatewayMain() {}

  public static void main(String[] arguments) {
    ServiceMain.run("gateway", GatewayServer::start);
  }
}
