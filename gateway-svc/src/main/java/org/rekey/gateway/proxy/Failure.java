package org.rekey.gateway.proxy;

import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import java.util.concurrent.TimeoutException;

/// Why a request could not be carried out, and what the client is told.
enum Failure {
  NOT_CONNECTED(502, "the upstream cannot be reached"),
  BROKEN(502, "the upstream broke off"),
  NONE_HEALTHY(503, "no upstream is healthy"),
  BUSY(503, "the upstream is busy"),
  NOT_CONNECTED_IN_TIME(504, "the upstream cannot be reached in time"),
  SILENT(504, "the upstream did not answer in time"),
  TOO_LONG(413, "the request body is larger than this route takes"),
  SILENT_CLIENT(408, "the request body did not come in time");

  private final int status;
  private final String text;

  Failure(int status, String text) {
    this.status = status;
    this.text = text;
  }

  int status() {
    return status;
  }

  String text() {
    return text;
  }

  static Failure ofConnecting(Throwable thrown) {
    return switch (thrown) {
      case ConnectionPoolTooBusyException _ -> BUSY;
      case ConnectTimeoutException _ -> NOT_CONNECTED_IN_TIME;
      case TimeoutException _ -> NOT_CONNECTED_IN_TIME;
      default -> NOT_CONNECTED;
    };
  }
}
