package org.rekey.deviceauth;

import org.rekey.runtime.server.ServiceMain;

/// The process.
public final class DeviceauthMain {
  private DeviceauthMain() {}

  public static void main(String[] args) {
    ServiceMain.run("deviceauth", DeviceauthServer::start);
  }
}
