package org.rekey.gateway.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/// Sees to it that each stream of an HTTP/2 connection is told when it may write again.
///
/// Netty keeps for each stream whether it may write, and tells all of them when that changes for
/// the connection, of which it hears at the end of a turn of the event loop. A connection that was
/// too full for a part of the turn looks by then as it did before, and nobody is told anything: a
/// stream that began in that part, or was not told the last time because others filled the
/// connection before it, would wait for ever, and its answer with it. So every stream is looked at
/// whenever there was a change, whatever came of it.
public final class LateStreams extends ChannelInboundHandlerAdapter {
  private final Http2Connection connection;
  private final Http2RemoteFlowController flow;

  private LateStreams(Http2ConnectionHandler handler) {
    this.connection = handler.connection();
    this.flow = handler.encoder().flowController();
  }

  /// A connection of HTTP/1.1 has none.
  public static void watch(HttpConnection connection) {
    if (connection instanceof ConnectionBase base) {
      ChannelPipeline pipeline = base.channel().pipeline();
      Http2ConnectionHandler handler = pipeline.get(Http2ConnectionHandler.class);
      if (handler != null) {
        pipeline.addLast(new LateStreams(handler));
      }
    }
  }

  /// After the HTTP/2 handler has heard of it.
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) throws Http2Exception {
    if (context.channel().isWritable()) {
      connection.forEachActiveStream(this::look);
    }
    context.fireChannelWritabilityChanged();
  }

  /// Who is given nothing more to write is still told whether it may.
  private boolean look(Http2Stream stream) throws Http2Exception {
    flow.incrementWindowSize(stream, 0);
    return true;
  }
}
