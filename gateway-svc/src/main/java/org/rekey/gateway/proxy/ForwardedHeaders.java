package org.rekey.gateway.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Which headers cross the gateway. Hop-by-hop headers (RFC 9110 §7.6.1) stay on their side; what
/// the gateway itself says of a request (who it is from, which request it is, what the user may
/// see) is never taken from outside.
final class ForwardedHeaders {
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "http2-settings");
  private static final Set<String> SAID_BY_THE_GATEWAY =
      Set.of("forwarded", "host", "x-men-requestid", "x-real-ip", "expect");

  private ForwardedHeaders() {}

  static void toUpstream(HttpServerRequest from, String requestId, MultiMap to) {
    Set<String> dropped = namedByConnection(from.headers());
    for (Map.Entry<String, String> header : from.headers()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (!HOP_BY_HOP.contains(name)
          && !SAID_BY_THE_GATEWAY.contains(name)
          && !name.startsWith("x-forwarded-")
          && !name.startsWith("x-men-rbac-")
          && !name.startsWith("x-rekey-")
          && !name.startsWith(":")
          && !dropped.contains(name)) {
        to.add(header.getKey(), header.getValue());
      }
    }
    String authority = from.authority() == null ? "" : from.authority().toString();
    to.set(HttpHeaders.HOST, authority);
    to.set("X-Forwarded-For", from.remoteAddress().hostAddress());
    to.set("X-Forwarded-Host", authority);
    to.set("X-Forwarded-Proto", "https");
    to.set("X-MEN-RequestID", requestId);
  }

  /// Answers keep the security headers that the gateway has set: the upstream's own are added only
  /// where it set none.
  static void toClient(MultiMap from, MultiMap to) {
    Set<String> dropped = namedByConnection(from);
    Set<String> ours = new HashSet<>();
    to.names().forEach(name -> ours.add(name.toLowerCase(Locale.ROOT)));
    for (Map.Entry<String, String> header : from) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (!HOP_BY_HOP.contains(name) && !dropped.contains(name) && !ours.contains(name)) {
        to.add(header.getKey(), header.getValue());
      }
    }
  }

  private static Set<String> namedByConnection(MultiMap headers) {
    List<String> values = headers.getAll(HttpHeaders.CONNECTION);
    if (values.isEmpty()) {
      return Set.of();
    }
    Set<String> names = new HashSet<>();
    for (String value : values) {
      for (String name : value.split(",", -1)) {
        names.add(name.trim().toLowerCase(Locale.ROOT));
      }
    }
    return names;
  }
}
