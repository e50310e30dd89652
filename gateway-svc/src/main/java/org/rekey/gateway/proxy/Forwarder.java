package org.rekey.gateway.proxy;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.Set;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.Bodies;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.route.Upstream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends a request on, HTTP/1.1 towards the upstream, and streams both bodies without holding more
/// than a window of them. Requests arrive paused. An upstream that cannot be reached, or that
/// breaks before it has answered, is 502.
///
/// A kept connection may be closed by the upstream just when the next request goes out on it. A
/// request that may be sent twice (RFC 9110 section 9.2.2) and has no body is then sent on another
/// one; of any other nobody knows whether it was carried out.
public final class Forwarder {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final long CANCEL = 8;
  private static final int CONNECTIONS = 512;
  private static final int WAITING = 4096;
  private static final int MORE_TRIES = 2;
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private final HttpClient client;

  public Forwarder(Vertx vertx, Duration connectTimeout) {
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setKeepAlive(true)
                .setPipelining(false)
                .setConnectTimeout((int) connectTimeout.toMillis())
                .setKeepAliveTimeout(30)
                .setDecompressionSupported(false),
            new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(WAITING));
  }

  public void forward(RequestScope scope, Upstream upstream, String target) {
    forward(scope, upstream, target, MORE_TRIES);
  }

  private void forward(RequestScope scope, Upstream upstream, String target, int moreTries) {
    HttpServerRequest request = scope.request();
    scope.seen().sentOn(upstream);
    client
        .request(
            new RequestOptions()
                .setHost(upstream.host())
                .setPort(upstream.port())
                .setSsl(upstream.tls())
                .setMethod(request.method())
                .setURI(target))
        .onComplete(
            onward -> {
              ForwardedHeaders.toUpstream(request, scope.requestId(), onward.headers());
              scope.seen().propagate(onward.headers());
              onward.exceptionHandler(_ -> {});
              request.exceptionHandler(_ -> onward.reset(CANCEL));
              scope.response().exceptionHandler(_ -> onward.reset(CANCEL));
              if (request.canUpgradeToWebSocket()) {
                upgrade(scope, onward);
              } else {
                send(scope, onward)
                    .onComplete(
                        answer -> reply(scope, answer),
                        thrown -> {
                          if (moreTries > 0 && isStale(scope, thrown)) {
                            scope.seen().upstreamRetried();
                            forward(scope, upstream, target, moreTries - 1);
                          } else {
                            failed(scope, thrown);
                          }
                        });
              }
            },
            thrown -> failed(scope, thrown));
  }

  private static Future<HttpClientResponse> send(RequestScope scope, HttpClientRequest onward) {
    HttpServerRequest request = scope.request();
    boolean lengthKnown = request.headers().contains(HttpHeaders.CONTENT_LENGTH);
    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
      request.response().writeContinue();
    }
    if (request.version() == HttpVersion.HTTP_2 && !lengthKnown && !request.isEnded()) {
      return sendIfAnyBody(request, onward);
    }
    if (!Bodies.hasBody(request)) {
      Future<HttpClientResponse> answer = onward.send();
      if (!request.isEnded()) {
        request.resume();
      }
      return answer;
    }
    if (!lengthKnown) {
      onward.setChunked(true);
    }
    return onward.send(request);
  }

  /// HTTP/2 does not say at once whether there is a body: look for its first byte or its end before
  /// promising one.
  private static Future<HttpClientResponse> sendIfAnyBody(
      HttpServerRequest request, HttpClientRequest onward) {
    Promise<HttpClientResponse> answer = Promise.promise();
    request.endHandler(_ -> onward.send().onComplete(answer));
    request.handler(
        first -> {
          request.endHandler(null);
          request.handler(null);
          onward.setChunked(true);
          onward.response().onComplete(answer);
          onward.write(first);
          request.pipe().endOnFailure(false).to(onward);
        });
    request.fetch(1);
    return answer.future();
  }

  private static void reply(RequestScope scope, HttpClientResponse answer) {
    HttpServerResponse response = scope.response();
    scope.seen().upstreamAnswered(answer.statusCode());
    if (response.ended() || response.closed()) {
      answer.request().reset(CANCEL);
      return;
    }
    scope.outcome(answer.statusCode());
    response.setStatusCode(answer.statusCode());
    ForwardedHeaders.toClient(answer.headers(), response.headers());
    if (!response.headers().contains(HttpHeaders.CONTENT_LENGTH)
        && scope.request().version() != HttpVersion.HTTP_2) {
      response.setChunked(true);
    }
    answer
        .pipe()
        .endOnFailure(false)
        .to(response)
        .onFailure(
            _ -> {
              if (!response.ended()) {
                response.reset();
              }
            });
  }

  /// A web socket's handshake goes through as it is; once the upstream has agreed, the gateway only
  /// carries bytes.
  private static void upgrade(RequestScope scope, HttpClientRequest onward) {
    onward
        .putHeader(HttpHeaders.CONNECTION, "Upgrade")
        .putHeader(HttpHeaders.UPGRADE, "websocket")
        .connect()
        .onComplete(
            answer -> {
              if (answer.statusCode() != 101) {
                reply(scope, answer);
                scope.request().resume();
                return;
              }
              HttpServerResponse response = scope.response();
              MultiMap headers = response.headers();
              ForwardedHeaders.toClient(answer.headers(), headers);
              scope.seen().upstreamAnswered(101);
              scope.outcome(101);
              response
                  .setStatusCode(101)
                  .putHeader(HttpHeaders.CONNECTION, "Upgrade")
                  .putHeader(HttpHeaders.UPGRADE, "websocket");
              NetSocket back = answer.netSocket();
              scope
                  .request()
                  .toNetSocket()
                  .onComplete(
                      front -> {
                        front.pipeTo(back);
                        back.pipeTo(front);
                      },
                      _ -> back.close());
            },
            thrown -> failed(scope, thrown));
  }

  private static boolean isStale(RequestScope scope, Throwable thrown) {
    HttpServerResponse response = scope.response();
    return thrown instanceof HttpClosedException
        && isRepeatable(scope.request())
        && !response.headWritten()
        && !response.ended()
        && !response.closed();
  }

  /// HTTP/2 says only at its end that there was no body.
  private static boolean isRepeatable(HttpServerRequest request) {
    boolean isEmpty =
        request.version() == HttpVersion.HTTP_2
            ? request.isEnded() && request.bytesRead() == 0
            : !Bodies.hasBody(request);
    return isEmpty && SAFE.contains(request.method());
  }

  private static void failed(RequestScope scope, Throwable thrown) {
    scope.seen().upstreamFailed(thrown);
    if (scope.response().headWritten()) {
      scope.response().reset();
      return;
    }
    LOG.atWarn()
        .addKeyValue("requestId", scope.requestId())
        .addKeyValue("error", thrown.getClass().getSimpleName())
        .log("an upstream did not answer");
    Answers.error(scope, 502, "bad gateway");
  }
}
