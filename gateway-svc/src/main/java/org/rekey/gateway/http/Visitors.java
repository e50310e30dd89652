package org.rekey.gateway.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who is connected to one event loop. Turns away those for whom there is no room, and those who
/// are too slow to say what they want.
final class Visitors {
  private final TrafficLimits limits;
  private final long headNanos;
  private final Map<HttpConnection, Visitor> visitors = new HashMap<>();
  private final Lateness lateness;

  /// @param lateness of the event loop
  /// @param headTimeout how long the head of a request may be on its way
  Visitors(TrafficLimits limits, Lateness lateness, Duration headTimeout) {
    this.limits = limits;
    this.lateness = lateness;
    this.headNanos = headTimeout.toNanos();
  }

  void opened(HttpConnection connection) {
    Visitor visitor = visitor(connection);
    if (visitor == null) {
      connection.close();
      return;
    }
    visitor.connected();
    visitors.put(connection, visitor);
    if (connection instanceof ConnectionBase base && !Connections.isHttp2(connection)) {
      base.channel().pipeline().addFirst(new Bytes(visitor));
    }
  }

  /// Counted at the door, or now.
  private @Nullable Visitor visitor(HttpConnection connection) {
    Visitor counted =
        connection instanceof ConnectionBase base ? Door.visitor(base.channel()) : null;
    return counted == null ? limits.enter(connection.remoteAddress().hostAddress()) : counted;
  }

  void closed(HttpConnection connection) {
    Visitor visitor = visitors.remove(connection);
    if (visitor != null) {
      limits.leave(visitor);
    }
  }

  /// Whether the client may ask for something now; otherwise it has been answered.
  boolean admit(RequestScope scope) {
    Visitor visitor = visitors.get(scope.request().connection());
    if (visitor == null || visitor.isRefused()) {
      // Of a connection that is closed already, a request may still be on its way here.
      scope.request().connection().close();
      return false;
    }
    visitor.headCame(scope.request());
    return limits.admitNow(scope, lateness) && limits.admitAddress(scope, visitor);
  }

  /// Nothing more is taken from this connection.
  void refuse(HttpConnection connection) {
    Visitor visitor = visitors.get(connection);
    if (visitor != null && !Connections.isHttp2(connection)) {
      visitor.refuse();
    }
  }

  /// Closes the connections of those who are late.
  void look() {
    long now = System.nanoTime();
    List<HttpConnection> late = new ArrayList<>();
    visitors.forEach(
        (connection, visitor) -> {
          if (!visitor.isRunning() && visitor.isLate(now, headNanos)) {
            late.add(connection);
          }
        });
    late.forEach(HttpConnection::close);
  }

  private static final class Bytes extends ChannelInboundHandlerAdapter {
    private final Visitor visitor;

    Bytes(Visitor visitor) {
      this.visitor = visitor;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      visitor.bytesCame();
      context.fireChannelRead(message);
    }
  }
}
