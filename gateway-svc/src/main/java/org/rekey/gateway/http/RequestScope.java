package org.rekey.gateway.http;

import io.micrometer.core.instrument.Timer;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/// One request and what belongs to it while it is answered.
public final class RequestScope {
  private final Vertx vertx;
  private final HttpServerRequest request;
  private final String requestId;
  private final EdgeMetrics metrics;
  private final Timer.Sample started;
  private boolean measured;

  RequestScope(Vertx vertx, HttpServerRequest request, String requestId, EdgeMetrics metrics) {
    this.vertx = vertx;
    this.request = request;
    this.requestId = requestId;
    this.metrics = metrics;
    this.started = metrics.start();
  }

  public Vertx vertx() {
    return vertx;
  }

  public HttpServerRequest request() {
    return request;
  }

  public HttpServerResponse response() {
    return request.response();
  }

  /// `X-MEN-RequestID`, the client's own or a new one.
  public String requestId() {
    return requestId;
  }

  /// Says with which status the request is answered; counted and timed once.
  public void outcome(int status) {
    if (!measured) {
      measured = true;
      metrics.answered(started, status);
    }
  }
}
