package org.rekey.cli.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/// The instance's ports on loopback: those of the last time while they are free, else new ones.
///
/// New ones lie below the range from which the kernel takes ports for outgoing connections, so that
/// no connection sits on one when its owner is started again. New ones are held until this process
/// ends, so that another instance that starts at the same time takes others.
final class Ports {
  private static final int FROM = 20_000;
  private static final int TO = 32_000;
  private static final int TRIES = 1_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final RandomGenerator random;
  private final ObjectNode known;
  private final Set<Integer> given = new HashSet<>();

  /// Never read: they hold their ports for as long as they are open.
  private final List<SocketChannel> held = new ArrayList<>();

  Ports(Path file, RandomGenerator random) {
    this.file = file;
    this.random = random;
    this.known = read(file);
  }

  int of(String name) {
    int last = known.path(name).asInt();
    int port = last > 0 && given.add(last) && isFree(last) ? last : anyFree();
    known.put(name, port);
    return port;
  }

  void save() {
    AtomicFile.writePublic(file, known.toPrettyString() + "\n");
  }

  /// Whether a port is free on all addresses, as a public listener needs it.
  static boolean isFreeEverywhere(int port) {
    return canBind(new InetSocketAddress(port));
  }

  int anyFreeEverywhere(String name) {
    int last = known.path(name).asInt();
    int port = last > 0 && given.add(last) && isFreeEverywhere(last) ? last : 0;
    for (int i = 0; port == 0 && i < TRIES; i++) {
      int candidate = random.nextInt(FROM, TO);
      port = given.add(candidate) && isFreeEverywhere(candidate) ? candidate : 0;
    }
    known.put(name, port);
    return port;
  }

  private int anyFree() {
    for (int i = 0; i < TRIES; i++) {
      int port = random.nextInt(FROM, TO);
      if (given.add(port) && hold(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port between " + FROM + " and " + TO);
  }

  /// A socket that is bound and does not listen keeps away whoever asks for the port as strictly as
  /// this does, and nobody who comes to listen (they all set SO_REUSEADDR, as servers do on Linux).
  private boolean hold(int port) {
    try {
      SocketChannel socket = SocketChannel.open();
      try {
        socket.setOption(StandardSocketOptions.SO_REUSEADDR, false);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      } catch (IOException e) {
        socket.close();
        return false;
      }
      held.add(socket);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isFree(int port) {
    return canBind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  private static boolean canBind(InetSocketAddress address) {
    try (var socket = new ServerSocket()) {
      socket.bind(address);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static ObjectNode read(Path file) {
    try {
      if (Files.exists(file) && JSON.readTree(file.toFile()) instanceof ObjectNode node) {
        return node;
      }
    } catch (IOException e) {
      // Only a memory of what was free the last time: without it there are new ports.
    }
    return JSON.createObjectNode();
  }
}
