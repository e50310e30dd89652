package org.rekey.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.jspecify.annotations.Nullable;

/// A port of loopback where nothing listens just now, for who has to name one before it is listened
/// to.
///
/// Tests run in several processes at once, and a port is free between the look at it and its
/// service, and again while a test has that service stopped. So every process has a row of ports of
/// its own, which it holds by listening at the first of them for as long as it lives.
///
/// All are below the ports that Linux gives to outgoing connections (from 32768), so that none of
/// these is there first (the system's own choice, port 0, would be among them), and below those
/// that `rekey up` takes (from 20000).
public final class FreePort {
  private static final int FIRST = 10_240;
  private static final int END = 20_000;
  private static final int ROW = 244;

  private static @Nullable Row row;

  private FreePort() {}

  /// Never the same twice.
  public static synchronized int next() {
    while (true) {
      Row own = row;
      if (own == null || own.next == own.end) {
        own = Row.claim();
        row = own;
      }
      int port = own.next++;
      if (isFree(port)) {
        return port;
      }
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket _ = listen(port)) {
      return true;
    } catch (BindException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ServerSocket listen(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }

  private static final class Row {
    /// Listens until this process ends.
    @SuppressWarnings("unused")
    private final ServerSocket claim;

    private final int end;
    private int next;

    private Row(ServerSocket claim) {
      this.claim = claim;
      this.next = claim.getLocalPort() + 1;
      this.end = claim.getLocalPort() + ROW;
    }

    static Row claim() {
      for (int first = FIRST; first + ROW <= END; first += ROW) {
        try {
          return new Row(listen(first));
        } catch (BindException e) {
          // Another process has this one.
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      throw new IllegalStateException(
          "no row of %d ports from %d to %d is free (expected: fewer processes of tests at a time)"
              .formatted(ROW, FIRST, END));
    }
  }
}
