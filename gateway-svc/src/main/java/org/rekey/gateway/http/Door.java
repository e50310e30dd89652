package org.rekey.gateway.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.limit.ClientNetwork;

/// Whom a server socket lets in. Those over the limits are closed before anything is done for them,
/// a handshake least of all.
final class Door extends ChannelInboundHandlerAdapter {
  private static final AttributeKey<Visitor> VISITOR = AttributeKey.valueOf(Door.class, "visitor");

  private final @Nullable TrafficLimits limits;
  private final @Nullable Handshakes handshakes;
  private final Set<Channel> open;

  /// @param limits null: no limits
  /// @param handshakes null: no TLS
  /// @param open the server sockets that let clients in
  Door(@Nullable TrafficLimits limits, @Nullable Handshakes handshakes, Set<Channel> open) {
    this.limits = limits;
    this.handshakes = handshakes;
    this.open = open;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    Channel socket = context.channel();
    open.add(socket);
    socket.closeFuture().addListener(_ -> open.remove(socket));
  }

  /// Who came in by this door, if it has counted him.
  static @Nullable Visitor visitor(Channel channel) {
    return channel.attr(VISITOR).get();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!(message instanceof Channel client)) {
      context.fireChannelRead(message);
      return;
    }
    String address =
        client.remoteAddress() instanceof InetSocketAddress internet
            ? internet.getAddress().getHostAddress()
            : "";
    if (limits != null) {
      Visitor visitor = limits.enter(address);
      if (visitor == null) {
        client.unsafe().closeForcibly();
        return;
      }
      client.attr(VISITOR).set(visitor);
      client.closeFuture().addListener(_ -> limits.leave(visitor));
    }
    if (handshakes != null) {
      client.pipeline().addLast(handshakes.turn(ClientNetwork.of(address)));
    }
    context.fireChannelRead(message);
  }
}
