package org.rekey.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/// A port of loopback where nothing listens just now, for who has to name one before it is listened
/// to.
///
/// It is below the ports that Linux gives to outgoing connections (from 32768), so that none of
/// these is there first; the system's own choice, port 0, would be among them.
public final class FreePort {
  private static final int FIRST = 16_384;
  private static final int END = 32_768;
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private FreePort() {}

  /// Never the same twice.
  public static int next() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        if (GIVEN.add(port)) {
          return port;
        }
      } catch (BindException e) {
        // Another one.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
