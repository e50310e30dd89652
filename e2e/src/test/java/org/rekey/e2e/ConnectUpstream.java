package org.rekey.e2e;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.ServerWebSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// What devices find behind the gateway: web sockets for remote terminals, and for everything else
/// an answer with what was asked.
final class ConnectUpstream implements AutoCloseable {
  private static final String CONNECT = "/api/devices/v1/deviceconnect/connect";
  private static final String BEARER = "Bearer ";

  /// @param jti of the token that it came with
  record Visit(String device, String jti, String target) {}

  private final Vertx vertx = Vertx.vertx();
  private final List<Visit> visits = new CopyOnWriteArrayList<>();
  private final List<ServerWebSocket> sockets = new CopyOnWriteArrayList<>();
  private final HttpServer server =
      vertx
          .createHttpServer()
          .webSocketHandler(
              socket -> {
                note(socket.headers(), socket.path());
                sockets.add(socket);
                socket.closeHandler(_ -> sockets.remove(socket));
              })
          .requestHandler(
              request ->
                  request
                      .body()
                      .onSuccess(
                          body -> {
                            note(request.headers(), request.path());
                            request
                                .response()
                                .putHeader("Content-Type", "application/json")
                                .end("{\"length\":" + body.length() + "}");
                          }))
          .listen(0, "127.0.0.1")
          .toCompletionStage()
          .toCompletableFuture()
          .join();

  private void note(MultiMap headers, @Nullable String target) {
    String authorization = String.valueOf(headers.get("Authorization"));
    var claims = Tokens.claims(authorization.substring(BEARER.length()));
    visits.add(
        new Visit(
            claims.path("sub").asText(), claims.path("jti").asText(), String.valueOf(target)));
  }

  /// A routes file that leads devices here.
  Path routes(Path file) {
    try {
      return Files.writeString(
          file,
          """
          routes:
            - path: /api/devices
              upstream: http://127.0.0.1:%d
          """
              .formatted(server.actualPort()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Visit> of(String device) {
    return visits.stream().filter(visit -> visit.device().equals(device)).toList();
  }

  /// Those of a device for a remote terminal, open or closed.
  List<Visit> terminals(String device) {
    return of(device).stream().filter(visit -> visit.target().equals(CONNECT)).toList();
  }

  /// Web sockets that are open.
  int open() {
    return sockets.size();
  }

  @Override
  public void close() {
    var _ = vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
