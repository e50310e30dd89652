package org.rekey.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// Inventory and deployments as far as an idle device needs them: the first takes everything, the
/// second has nothing to install. It counts who came, by the token's subject.
final class DeviceUpstream implements HttpHandler {
  private static final String BEARER = "Bearer ";

  /// @param kid of the token that it came with
  record Visit(String target, long kid) {
    boolean isPoll() {
      return target.endsWith("/deployments/next");
    }
  }

  private final Map<String, List<Visit>> visits = new ConcurrentHashMap<>();

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange;
        InputStream body = exchange.getRequestBody()) {
      body.transferTo(OutputStream.nullOutputStream());
      String target = exchange.getRequestURI().toString();
      String token =
          exchange.getRequestHeaders().getFirst("Authorization").substring(BEARER.length());
      Visit visit = new Visit(target, Tokens.kid(token));
      visits
          .computeIfAbsent(
              Tokens.claims(token).path("sub").asText(), _ -> new CopyOnWriteArrayList<>())
          .add(visit);
      exchange.sendResponseHeaders(visit.isPoll() ? 204 : 200, -1);
    }
  }

  /// What a device has asked for, oldest first.
  List<Visit> of(String deviceId) {
    return List.copyOf(visits.getOrDefault(deviceId, List.of()));
  }

  long polls(String deviceId) {
    return of(deviceId).stream().filter(Visit::isPoll).count();
  }

  long pollsWith(String deviceId, long kid) {
    return of(deviceId).stream().filter(visit -> visit.isPoll() && visit.kid() == kid).count();
  }
}
