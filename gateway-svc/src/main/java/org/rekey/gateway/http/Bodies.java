package org.rekey.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;

/// What the framing of a request says of its body, and the framings that two programs could read
/// differently.
public final class Bodies {
  private Bodies() {}

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
      return encodings.isEmpty() ? "" : "Transfer-Encoding in HTTP/2";
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
    int hosts = request.headers().getAll(HttpHeaders.HOST).size();
    if (hosts > 1 || (hosts == 0 && request.version() == HttpVersion.HTTP_1_1)) {
      return "exactly one Host header is needed";
    }
    return "";
  }
}
