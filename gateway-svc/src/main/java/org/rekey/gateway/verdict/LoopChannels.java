package org.rekey.gateway.verdict;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.tls.ServiceCredentials;

/// Channels to an issuer, one for each event loop and on it: all ports that a loop serves ask over
/// the same one.
public final class LoopChannels implements AutoCloseable {
  private final String target;
  private final String name;
  private final ServiceCredentials credentials;
  private final Map<EventLoop, ManagedChannel> channels = new ConcurrentHashMap<>();

  /// @param target `host:port`, several replicas separated by commas
  /// @param name what the issuer's certificate must bear
  public LoopChannels(String target, String name, ServiceCredentials credentials) {
    this.target = target;
    this.name = name;
    this.credentials = credentials;
  }

  public Channel of(Context loop) {
    Class<? extends SocketChannel> sockets =
        loop.owner().isNativeTransportEnabled() ? EpollSocketChannel.class : NioSocketChannel.class;
    return channels.computeIfAbsent(
        ((ContextInternal) loop).nettyEventLoop(),
        eventLoop -> Channels.openOn(eventLoop, sockets, target, name, credentials));
  }

  @Override
  public void close() {
    channels.values().forEach(ManagedChannel::shutdownNow);
  }
}
