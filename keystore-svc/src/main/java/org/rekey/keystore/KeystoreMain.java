package org.rekey.keystore;

import org.rekey.runtime.server.ServiceMain;

/// The process.
public final class KeystoreMain {
  private KeystoreMain() {}

  public static void main(String[] args) {
    ServiceMain.run("keystore", KeystoreServer::start);
  }
}
