package org.rekey.gateway.verdict;

import io.grpc.ManagedChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import org.rekey.runtime.grpc.Channels;
import org.rekey.runtime.tls.ServiceCredentials;

/// Channels to an issuer, each for one event loop and on it.
///
/// @param target `host:port`, several replicas separated by commas
/// @param name what the issuer's certificate must bear
public record LoopChannels(String target, String name, ServiceCredentials credentials) {

  public ManagedChannel open(Context loop) {
    Class<? extends SocketChannel> sockets =
        loop.owner().isNativeTransportEnabled() ? EpollSocketChannel.class : NioSocketChannel.class;
    return Channels.openOn(
        ((ContextInternal) loop).nettyEventLoop(), sockets, target, name, credentials);
  }
}
