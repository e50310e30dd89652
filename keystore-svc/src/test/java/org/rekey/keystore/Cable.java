package org.rekey.keystore;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The cable from a keystore to PostgreSQL, which a test can pull.
final class Cable implements AutoCloseable {
  private static final int BUFFER = 8192;

  private final URI database;
  private final ServerSocket entry;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private boolean silent;
  private boolean cut;
  private @Nullable String lastWords;

  /// @param url `jdbc:postgresql://host:port/name`
  Cable(String url) {
    this.database = URI.create(url.substring("jdbc:".length()));
    try {
      this.entry = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("cable").start(this::accept);
  }

  /// The database's address through this cable.
  String url() {
    return "jdbc:postgresql://localhost:%d%s".formatted(entry.getLocalPort(), database.getPath());
  }

  /// Swallows what is sent, and keeps it for later: no connection breaks.
  synchronized void silence() {
    silent = true;
  }

  /// Lets a request with these words pass, and nothing after it, either way.
  synchronized void silenceAfter(String words) {
    lastWords = words;
  }

  synchronized boolean isSilent() {
    return silent;
  }

  /// Breaks every connection and refuses new ones.
  void cut() {
    synchronized (this) {
      cut = true;
    }
    sockets.forEach(Cable::close);
  }

  synchronized void mend() {
    silent = false;
    cut = false;
    lastWords = null;
    notifyAll();
  }

  private void accept() {
    while (!entry.isClosed()) {
      try {
        var near = entry.accept();
        if (isCut()) {
          close(near);
          continue;
        }
        var far = new Socket();
        far.connect(new InetSocketAddress(database.getHost(), database.getPort()));
        sockets.add(near);
        sockets.add(far);
        Thread.ofVirtual().name("cable-out").start(() -> pump(near, far, true));
        Thread.ofVirtual().name("cable-back").start(() -> pump(far, near, false));
      } catch (IOException e) {
        // Closed, or the database is not there: whoever connects sees it too.
      }
    }
  }

  private void pump(Socket from, Socket to, boolean isRequest) {
    var buffer = new byte[BUFFER];
    try (InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream()) {
      while (true) {
        var length = in.read(buffer);
        if (length < 0) {
          return;
        }
        awaitSound();
        if (isRequest && isLast(new String(buffer, 0, length, ISO_8859_1))) {
          silence();
        }
        out.write(buffer, 0, length);
        out.flush();
      }
    } catch (IOException e) {
      // Either end has gone; the other one is told below.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close(from);
      close(to);
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private synchronized void awaitSound() throws InterruptedException {
    while (silent) {
      wait();
    }
  }

  private synchronized boolean isLast(String request) {
    return lastWords != null && request.contains(lastWords);
  }

  private synchronized boolean isCut() {
    return cut;
  }

  @Override
  public void close() {
    try {
      entry.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
    mend();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
