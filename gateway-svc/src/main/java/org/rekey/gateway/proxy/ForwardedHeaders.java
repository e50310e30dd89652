package org.rekey.gateway.proxy;

import io.netty.util.AsciiString;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.rekey.gateway.http.Caller;
import org.rekey.gateway.http.Credential;
import org.rekey.gateway.http.IdentityHeaders;
import org.rekey.gateway.http.RequestIds;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.http.SecurityHeaders;
import org.rekey.gateway.route.Protocol;

/// Which headers cross the gateway. Hop-by-hop headers (RFC 9110 §7.6.1) stay on their side; what
/// the gateway itself says of a request (who it is from, which request it is, what the user may
/// see) is never taken from outside. For one event loop.
final class ForwardedHeaders {
  private static final CharSequence FORWARDED_FOR = HttpHeaders.createOptimized("X-Forwarded-For");
  private static final CharSequence FORWARDED_HOST =
      HttpHeaders.createOptimized("X-Forwarded-Host");
  private static final CharSequence FORWARDED_PROTO =
      HttpHeaders.createOptimized("X-Forwarded-Proto");
  private static final CharSequence HTTPS = HttpHeaders.createOptimized("https");
  private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized(RequestIds.HEADER);

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

  private static final Set<String> NO_TRAILERS =
      Set.of(
          "content-length",
          "content-type",
          "content-encoding",
          "content-range",
          "host",
          "authorization",
          "set-cookie",
          "cache-control",
          "location",
          "strict-transport-security");
  private static final byte[] BEARER = "Bearer ".getBytes(StandardCharsets.US_ASCII);
  private static final String TE = "te";
  private static final String TRAILERS = "trailers";

  private final NameRule toUpstream =
      new NameRule(name -> !HOP_BY_HOP.contains(name) && !UntrustedHeaders.contain(name));

  private final NameRule withoutToken =
      new NameRule(name -> !name.equals("authorization") && toUpstream.allows(name));

  /// What the gateway says in every answer is not said twice.
  private final NameRule toClient =
      new NameRule(name -> !HOP_BY_HOP.contains(name) && !SecurityHeaders.contain(name));

  /// @param onward as it was made, without any header
  void toUpstream(RequestScope scope, Protocol protocol, HttpClientRequest onward) {
    HttpServerRequest from = scope.request();
    MultiMap to = onward.headers();
    Optional<Caller> caller = scope.caller();
    cross(from.headers(), caller.isPresent() ? withoutToken : toUpstream, to);
    caller.ifPresent(judged -> judgedAlone(judged, to));
    String authority = from.authority() == null ? "" : from.authority().toString();
    if (protocol == Protocol.HTTP1) {
      to.add(HttpHeaders.HOST, authority);
    } else {
      onward.authority(from.authority());
      if (from.headers().contains(TE, TRAILERS, true)) {
        to.add(TE, TRAILERS);
      }
    }
    to.add(FORWARDED_FOR, from.remoteAddress().hostAddress());
    to.add(FORWARDED_HOST, authority);
    to.add(FORWARDED_PROTO, HTTPS);
    to.add(REQUEST_ID, scope.requestId());
    caller.ifPresent(judged -> IdentityHeaders.write(judged, to::add));
  }

  /// Upstreams see the token that was judged and no other: some of them read a cookie too, and
  /// believe it.
  private static void judgedAlone(Caller caller, MultiMap to) {
    to.add(HttpHeaders.AUTHORIZATION, bearer(caller.token()));
    if (to.contains(HttpHeaders.COOKIE)) {
      List<String> others = Credential.otherCookies(to.getAll(HttpHeaders.COOKIE));
      to.remove(HttpHeaders.COOKIE);
      others.forEach(cookies -> to.add(HttpHeaders.COOKIE, cookies));
    }
  }

  /// As the bytes that it is: it is the largest of all headers, and is written as it stands.
  private static AsciiString bearer(byte[] token) {
    byte[] value = Arrays.copyOf(BEARER, BEARER.length + token.length);
    System.arraycopy(token, 0, value, BEARER.length, token.length);
    return new AsciiString(value, false);
  }

  void toClient(MultiMap from, MultiMap to) {
    cross(from, toClient, to);
  }

  private static void cross(MultiMap from, NameRule rule, MultiMap to) {
    Set<String> dropped = namedByConnection(from);
    if (from instanceof io.netty.handler.codec.http.HttpHeaders asRead) {
      // As the library has read them: names know their hash, and are written as they stand.
      asRead.iteratorCharSequence().forEachRemaining(header -> cross(header, rule, dropped, to));
    } else {
      from.forEach(header -> cross(header, rule, dropped, to));
    }
  }

  private static void cross(
      Map.Entry<? extends CharSequence, ? extends CharSequence> header,
      NameRule rule,
      Set<String> dropped,
      MultiMap to) {
    String name = header.getKey().toString();
    if (rule.allows(name)
        && (dropped.isEmpty() || !dropped.contains(name.toLowerCase(Locale.ROOT)))) {
      to.add(header.getKey(), header.getValue());
    }
  }

  /// Trailers are part of gRPC. Elsewhere they go along where the client's protocol has room for
  /// them, but for those that say what only a head may say (RFC 9110 section 6.5.1).
  static void trailersToClient(
      HttpServerRequest request, MultiMap from, HttpServerResponse response) {
    if (from.isEmpty() || !(request.version() == HttpVersion.HTTP_2 || response.isChunked())) {
      return;
    }
    for (Map.Entry<String, String> trailer : from) {
      String name = trailer.getKey().toLowerCase(Locale.ROOT);
      if (!HOP_BY_HOP.contains(name) && !NO_TRAILERS.contains(name)) {
        response.trailers().add(trailer.getKey(), trailer.getValue());
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
