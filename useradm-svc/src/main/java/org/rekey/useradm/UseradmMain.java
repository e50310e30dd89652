package org.rekey.useradm;

import org.rekey.runtime.server.ServiceMain;

/// The process.
public final class UseradmMain {
  private UseradmMain() {}

  public static void main(String[] args) {
    ServiceMain.run("useradm", UseradmServer::start);
  }
}
