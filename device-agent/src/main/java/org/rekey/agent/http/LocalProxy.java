package org.rekey.agent.http;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.NetSocket;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.rekey.agent.AgentFailure;
import org.rekey.agent.auth.Token;
import org.rekey.agent.auth.TokenKeeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server on this device's loopback that makes calls of the device API with the device's token,
/// for programs that know nothing of tokens. A call that is answered 401 is made once more with a
/// new token. Web sockets go through.
public final class LocalProxy implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalProxy.class);

  /// It must be kept to be sent twice.
  private static final int MAX_BODY = 4 * 1024 * 1024;

  private static final int UNAUTHORIZED = 401;
  private static final int SWITCHING_PROTOCOLS = 101;
  private static final Set<String> BETWEEN_TWO =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "host",
          "content-length",
          "authorization");

  private final HttpClient client;
  private final TokenKeeper tokens;
  private final HttpServer server;
  private final Vertx vertx;

  private LocalProxy(HttpClient client, TokenKeeper tokens, Vertx vertx) {
    this.client = client;
    this.tokens = tokens;
    this.vertx = vertx;
    this.server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHandle100ContinueAutomatically(true)
                    .setHttp2ClearTextEnabled(false))
            .requestHandler(this::handle);
  }

  /// @param port 0: any
  public static LocalProxy start(Vertx vertx, HttpClient client, TokenKeeper tokens, int port) {
    LocalProxy proxy = new LocalProxy(client, tokens, vertx);
    try {
      var _ =
          proxy.server.listen(port, "127.0.0.1").toCompletionStage().toCompletableFuture().join();
      return proxy;
    } catch (RuntimeException e) {
      throw new AgentFailure(
          "the local proxy cannot listen at 127.0.0.1:%d (expected: a free port, or --proxy-port 0)"
              .formatted(port),
          e);
    }
  }

  public String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  /// Web pages that a browser on this device shows must not reach it under a name of their own.
  private boolean isForThis(HttpServerRequest request) {
    String host = String.valueOf(request.getHeader(HttpHeaders.HOST)).toLowerCase(Locale.ROOT);
    return host.equals("127.0.0.1:" + server.actualPort())
        || host.equals("localhost:" + server.actualPort());
  }

  private void handle(HttpServerRequest request) {
    if (!isForThis(request)
        || !ProxyPath.isAllowed(Objects.requireNonNullElse(request.path(), ""))) {
      refuse(request.response(), 403, "only the device API goes through here");
      return;
    }
    if (request.canUpgradeToWebSocket()) {
      request.pause();
      exchange(request, Buffer.buffer(), true);
      return;
    }
    Buffer body = Buffer.buffer();
    request.handler(
        part -> {
          if (body.length() + part.length() > MAX_BODY) {
            request.handler(null).endHandler(null);
            refuse(
                request.response().putHeader(HttpHeaders.CONNECTION, "close"),
                413,
                "the body is larger than " + MAX_BODY + " bytes");
          } else {
            body.appendBuffer(part);
          }
        });
    request.endHandler(_ -> exchange(request, body, false));
  }

  private void exchange(HttpServerRequest request, Buffer body, boolean isUpgrade) {
    Context context = vertx.getOrCreateContext();
    Optional<Token> known = tokens.current();
    Future<Optional<Token>> first =
        known.isPresent() ? Future.succeededFuture(known) : replaced("", context);
    first
        .compose(token -> once(request, token, body, isUpgrade))
        .compose(
            answer -> {
              if (answer.statusCode() != UNAUTHORIZED) {
                return Future.succeededFuture(answer);
              }
              String refused =
                  answer
                      .request()
                      .headers()
                      .get(HttpHeaders.AUTHORIZATION)
                      .substring("Bearer ".length());
              answer.pause();
              return replaced(refused, context)
                  .compose(
                      token -> {
                        if (token.isEmpty()) {
                          return Future.succeededFuture(answer);
                        }
                        answer.resume();
                        return once(request, token, body, isUpgrade);
                      });
            })
        .onComplete(
            answer -> answered(request, answer),
            thrown -> {
              boolean isWithoutToken = thrown instanceof WithoutToken;
              if (!isWithoutToken) {
                LOG.atWarn()
                    .addKeyValue("error", String.valueOf(thrown.getMessage()))
                    .log("a call through the local proxy has failed");
              }
              refuse(
                  request.response(),
                  isWithoutToken ? UNAUTHORIZED : 502,
                  isWithoutToken
                      ? "the device has no token: its owner has not accepted it, or no server"
                          + " answers"
                      : "the server cannot be reached");
            });
  }

  private Future<Optional<Token>> replaced(String refused, Context context) {
    return Future.fromCompletionStage(tokens.inPlaceOf(refused), context);
  }

  private Future<HttpClientResponse> once(
      HttpServerRequest request, Optional<Token> token, Buffer body, boolean isUpgrade) {
    if (token.isEmpty()) {
      return Future.failedFuture(new WithoutToken());
    }
    RequestOptions options =
        new RequestOptions()
            .setAbsoluteURI(token.get().server() + request.uri())
            .setMethod(request.method());
    return client
        .request(options)
        .compose(
            onward -> {
              copy(request.headers(), onward.headers());
              onward.putHeader(HttpHeaders.AUTHORIZATION, "Bearer " + token.get().text());
              return isUpgrade ? upgraded(onward) : onward.send(body);
            });
  }

  private static Future<HttpClientResponse> upgraded(HttpClientRequest onward) {
    return onward
        .putHeader(HttpHeaders.CONNECTION, "Upgrade")
        .putHeader(HttpHeaders.UPGRADE, "websocket")
        .connect();
  }

  private static void answered(HttpServerRequest request, HttpClientResponse answer) {
    HttpServerResponse response = request.response();
    if (response.closed()) {
      answer.request().reset(0);
      return;
    }
    copy(answer.headers(), response.headers());
    response.setStatusCode(answer.statusCode());
    if (answer.statusCode() == SWITCHING_PROTOCOLS) {
      tunnel(request, response, answer.netSocket());
      return;
    }
    String length = answer.getHeader(HttpHeaders.CONTENT_LENGTH);
    if (length != null) {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, length);
    } else if (answer.statusCode() != 204 && answer.statusCode() != 304) {
      response.setChunked(true);
    }
    answer.resume();
    answer.pipeTo(response).onFailure(_ -> response.reset());
  }

  private static void tunnel(
      HttpServerRequest request, HttpServerResponse response, NetSocket back) {
    back.pause();
    response
        .putHeader(HttpHeaders.CONNECTION, "Upgrade")
        .putHeader(HttpHeaders.UPGRADE, "websocket");
    request
        .toNetSocket()
        .onComplete(
            front -> {
              front.closeHandler(_ -> back.close());
              back.closeHandler(_ -> front.close());
              var _ = front.pipeTo(back);
              var _ = back.pipeTo(front);
            },
            _ -> back.close());
  }

  private static void copy(MultiMap from, MultiMap to) {
    from.forEach(
        (name, value) -> {
          if (!BETWEEN_TWO.contains(name.toLowerCase(Locale.ROOT))) {
            to.add(name, value);
          }
        });
  }

  private static void refuse(HttpServerResponse response, int status, String why) {
    if (!response.ended() && !response.closed()) {
      var _ =
          response
              .setStatusCode(status)
              .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
              .end("{\"error\":\"" + why + "\"}");
    }
  }

  @Override
  public void close() {
    var _ = server.close().toCompletionStage().toCompletableFuture().join();
  }

  private static final class WithoutToken extends Exception {
    private static final long serialVersionUID = 1L;

    WithoutToken() {
      super("no token", null, false, false);
    }
  }
}
