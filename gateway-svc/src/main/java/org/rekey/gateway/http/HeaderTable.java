package org.rekey.gateway.http;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.vertx.core.http.HttpConnection;

/// Which headers of its answers an HTTP/2 connection remembers, to say them again in a byte (RFC
/// 7541 section 2.3.2): none.
///
/// How much that may be is for the client to say, up to 4 GiB for each connection, and each answer
/// has an id that no other has and would be kept. It also costs more time than it saves: the ids
/// push out of a table of the usual 4 KiB what could be said again.
final class HeaderTable {
  /// A client says its settings once. Whenever it does, the next answer has to say what became of
  /// them, and until there is one, that is kept.
  private static final int MOST_SETTINGS = 32;

  /// RFC 9113 section 7.
  private static final long ENHANCE_YOUR_CALM = 11;

  private final HttpConnection connection;
  private final Http2ConnectionHandler handler;
  private int settings;

  private HeaderTable(HttpConnection connection, Http2ConnectionHandler handler) {
    this.connection = connection;
    this.handler = handler;
  }

  /// Whatever the client asks for, in its first SETTINGS, which have just been heard, or in later
  /// ones.
  static void keepEmpty(HttpConnection connection, ChannelPipeline pipeline) {
    HeaderTable table = new HeaderTable(connection, pipeline.get(Http2ConnectionHandler.class));
    table.heard();
    connection.remoteSettingsHandler(_ -> table.heard());
  }

  private void heard() {
    if (++settings > MOST_SETTINGS) {
      connection.goAway(ENHANCE_YOUR_CALM);
      connection.close();
      return;
    }
    try {
      handler.encoder().configuration().headersConfiguration().maxHeaderTableSize(0);
    } catch (Http2Exception e) {
      throw new IllegalStateException("0 is within the range of RFC 7541", e);
    }
  }
}
