package org.rekey.gateway.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.mtls.DeviceCertificate;

/// One request and what belongs to it while it is answered.
public final class RequestScope {
  private final Vertx vertx;
  private final HttpServerRequest request;
  private final String requestId;
  private final Seen seen;
  private boolean isLast;
  private @Nullable DeviceCertificate certificate;
  private Optional<Caller> caller = Optional.empty();

  RequestScope(
      Vertx vertx,
      HttpServerRequest request,
      String requestId,
      EdgeMetrics metrics,
      Connections connections) {
    this.vertx = vertx;
    this.request = request;
    this.requestId = requestId;
    this.seen = new Seen(metrics, connections, request, requestId);
    request.response().endHandler(_ -> ended());
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

  /// What is known of the request, for those who watch.
  public Seen seen() {
    return seen;
  }

  /// The device's certificate, where it has been found good; null on a port that asks for none.
  public @Nullable DeviceCertificate certificate() {
    return certificate;
  }

  /// Says by which certificate the device is known.
  public void certificate(DeviceCertificate shown) {
    certificate = shown;
  }

  /// Whose request it is; empty before there is a verdict, and where none is asked for.
  public Optional<Caller> caller() {
    return caller;
  }

  Caller from(Caller judged) {
    caller = Optional.of(judged);
    return judged;
  }

  /// Says with which status the request is answered; counted and timed once.
  public void outcome(int status) {
    seen.answered(status);
  }

  /// No other request is taken on this connection: it is closed after the answer.
  public void last() {
    isLast = true;
  }

  /// The answer is out, or a web socket that it has become is closed. Only the first time counts.
  public void ended() {
    seen.ended();
    if (isLast) {
      request.connection().close();
    }
  }
}
