package org.rekey.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// What the framing of a request says of its body, and the framings that two programs could read
/// differently.
public final class Bodies {
  static final int MAX_HEADERS = 100;

  private static final Set<String> OF_THE_CONNECTION =
      Set.of("", "close", "keep-alive", "upgrade", "te", "http2-settings", "proxy-connection");

  private Bodies() {}

  static boolean hasTooManyHeaders(HttpServerRequest request) {
    int count = 0;
    for (Map.Entry<String, String> _ : request.headers()) {
      count++;
    }
    return count > MAX_HEADERS;
  }

  public static boolean hasBody(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2) {
      return !request.isEnded();
    }
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        || (request.headers().contains(HttpHeaders.CONTENT_LENGTH)
            && !"0".equals(request.getHeader(HttpHeaders.CONTENT_LENGTH)));
  }

  /// Empty, or why the request must be refused before anything looks at it (RFC 9112 §6:
  /// smuggling).
  static String defect(HttpServerRequest request) {
    if (request.method().equals(HttpMethod.CONNECT)) {
      return "CONNECT is not served";
    }
    if (!request.uri().startsWith("/")) {
      return "the request target is not a path";
    }
    List<String> encodings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
    if (request.version() == HttpVersion.HTTP_2) {
      return encodings.isEmpty() ? Http2Fields.defect(request) : "Transfer-Encoding in HTTP/2";
    }
    if (!encodings.isEmpty()) {
      boolean chunked = encodings.size() == 1 && encodings.getFirst().equalsIgnoreCase("chunked");
      if (!chunked
          || request.version() == HttpVersion.HTTP_1_0
          || request.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
        return "ambiguous Transfer-Encoding";
      }
    }
    List<String> lengths = request.headers().getAll(HttpHeaders.CONTENT_LENGTH);
    if (lengths.size() > 1 || (lengths.size() == 1 && !lengths.getFirst().matches("[0-9]{1,18}"))) {
      return "ambiguous Content-Length";
    }
    String defect = connectionDefect(request);
    return defect.isEmpty() ? hostDefect(request) : defect;
  }

  /// Empty, or that `Connection` names a header that is meant for the other end: a proxy takes what
  /// is named there out, and behind it another request would stand than the one that was judged.
  private static String connectionDefect(HttpServerRequest request) {
    for (String value : request.headers().getAll(HttpHeaders.CONNECTION)) {
      for (String name : value.split(",", -1)) {
        if (!OF_THE_CONNECTION.contains(name.strip().toLowerCase(Locale.ROOT))) {
          return "Connection names what is not the connection's";
        }
      }
    }
    return "";
  }

  /// Empty, or why nobody can be sure for which host a request is.
  private static String hostDefect(HttpServerRequest request) {
    List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
    boolean isNeeded = request.version() == HttpVersion.HTTP_1_1;
    if (hosts.size() > 1 || (hosts.isEmpty() && isNeeded)) {
      return "exactly one Host header is needed";
    }
    if (hosts.isEmpty()) {
      return "";
    }
    String host = hosts.getFirst();
    return isHost(host) ? "" : "the Host header is no host";
  }

  /// A host, or a host and a port, in characters that mean nothing else anywhere.
  static boolean isHost(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c >= 0x7f || ",;/\\@?#\"<>".indexOf(c) >= 0) {
        return false;
      }
    }
    return true;
  }
}
