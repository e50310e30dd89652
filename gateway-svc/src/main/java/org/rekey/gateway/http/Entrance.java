package org.rekey.gateway.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.transport.Transport;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;

/// The way in, for all ports: a [Door] at each server socket. The HTTP library has no place of its
/// own where a connection could be looked at before its handshake; whoever gives it its sockets
/// has one.
public final class Entrance {
  private final TrafficLimits limits;
  private final Handshakes handshakes;
  private final Set<Channel> open = ConcurrentHashMap.newKeySet();

  /// @param mostWaiting how many connections may wait for their handshake on each event loop
  public Entrance(TrafficLimits limits, int mostWaiting, MeterRegistry meters) {
    this.limits = limits;
    this.handshakes = new Handshakes(mostWaiting, meters);
  }

  /// With as many event loops.
  public Vertx vertx(int eventLoops) {
    io.vertx.core.transport.Transport best = io.vertx.core.transport.Transport.nativeTransport();
    io.vertx.core.transport.Transport sockets =
        best != null && best.available() ? best : io.vertx.core.transport.Transport.NIO;
    return Vertx.builder()
        .with(new VertxOptions().setEventLoopPoolSize(eventLoops))
        .withTransport(new Named(sockets.name(), new Guarded(sockets.implementation())))
        .build();
  }

  private Door door(NetServerOptions options) {
    return new Door(
        limits.isFor(options.getHost(), options.getPort()) ? limits : null,
        options.isSsl() ? handshakes : null,
        open);
  }

  /// Takes no new connections any more, at no port; those that are there go on. Blocks.
  public void shut() {
    open.forEach(socket -> socket.close().syncUninterruptibly());
  }

  private record Named(String name, Transport implementation)
      implements io.vertx.core.transport.Transport {
    @Override
    public boolean available() {
      return implementation.isAvailable();
    }

    @Override
    public Throwable unavailabilityCause() {
      return implementation.unavailabilityCause();
    }
  }

  /// The library's own sockets, each server socket with a door.
  private final class Guarded implements Transport {
    private final Transport sockets;

    Guarded(Transport sockets) {
      this.sockets = sockets;
    }

    @Override
    public void configure(
        NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
      sockets.configure(options, domainSocket, bootstrap);
      bootstrap.handler(door(options));
    }

    @Override
    public void configure(
        ClientOptionsBase options, int connectTimeout, boolean domainSocket, Bootstrap bootstrap) {
      sockets.configure(options, connectTimeout, domainSocket, bootstrap);
    }

    @Override
    public void configure(DatagramChannel channel, DatagramSocketOptions options) {
      sockets.configure(channel, options);
    }

    @Override
    public boolean supportsDomainSockets() {
      return sockets.supportsDomainSockets();
    }

    @Override
    public boolean supportFileRegion() {
      return sockets.supportFileRegion();
    }

    @Override
    public boolean isAvailable() {
      return sockets.isAvailable();
    }

    @Override
    public Throwable unavailabilityCause() {
      return sockets.unavailabilityCause();
    }

    @Override
    public java.net.SocketAddress convert(SocketAddress address) {
      return sockets.convert(address);
    }

    @Override
    public SocketAddress convert(java.net.SocketAddress address) {
      return sockets.convert(address);
    }

    @Override
    public IoHandlerFactory ioHandlerFactory() {
      return sockets.ioHandlerFactory();
    }

    @Override
    public EventLoopGroup eventLoopGroup(
        int type, int threads, ThreadFactory threadFactory, int ioRatio) {
      return sockets.eventLoopGroup(type, threads, threadFactory, ioRatio);
    }

    @Override
    public DatagramChannel datagramChannel() {
      return sockets.datagramChannel();
    }

    @Override
    @SuppressWarnings("deprecation") // the interface has it
    public DatagramChannel datagramChannel(InternetProtocolFamily family) {
      return sockets.datagramChannel(family);
    }

    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
      return sockets.channelFactory(domainSocket);
    }

    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
      return sockets.serverChannelFactory(domainSocket);
    }
  }
}
