package org.rekey.gateway.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The first handler of a new connection: holds what the client says until it is its turn, and is
/// gone after that. A client that says nothing takes up no turn.
final class HandshakeTurn extends ChannelInboundHandlerAdapter {
  private final String network;
  private final Handshakes handshakes;
  private final List<Object> said = new ArrayList<>(1);
  private @Nullable ChannelHandlerContext context;
  private long since;

  /// @param network who takes turns with whom
  HandshakeTurn(String network, Handshakes handshakes) {
    this.network = network;
    this.handshakes = handshakes;
  }

  String network() {
    return network;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object message) {
    boolean isFirst = said.isEmpty();
    said.add(message);
    if (isFirst) {
      queue().enter(this);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext closed) {
    queue().leave(this);
    forget();
    closed.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    queue().leave(this);
    forget();
  }

  /// Nothing more is read: a client that goes on talking fills its own buffers.
  void pause() {
    since = System.nanoTime();
    context().channel().config().setAutoRead(false);
  }

  /// It is its turn.
  void go() {
    ChannelHandlerContext mine = context();
    if (since != 0) {
      handshakes.metrics().waited(System.nanoTime() - since);
    }
    List<Object> heard = List.copyOf(said);
    said.clear();
    heard.forEach(mine::fireChannelRead);
    mine.fireChannelReadComplete();
    if (!mine.isRemoved()) {
      mine.pipeline().remove(this);
    }
    if (since != 0) {
      mine.channel().config().setAutoRead(true);
    }
  }

  /// There is no room for it.
  void refuse() {
    var _ = context().close();
  }

  private void forget() {
    said.forEach(ReferenceCountUtil::release);
    said.clear();
  }

  private HandshakeQueue queue() {
    return handshakes.of(context().executor());
  }

  private ChannelHandlerContext context() {
    if (context == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return context;
  }
}
