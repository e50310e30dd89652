package org.rekey.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.Set;

/// What every answer tells a browser. `preload` is not among it: that is a decision about a whole
/// domain, for its owner. `X-XSS-Protection: 0`, because the filter that `1` asks old browsers for
/// could itself be turned against a page (OWASP).
public final class SecurityHeaders {
  private static final Set<String> NAMES =
      Set.of(
          "strict-transport-security",
          "x-content-type-options",
          "referrer-policy",
          "x-xss-protection",
          "x-men-requestid");
  private static final CharSequence HSTS = HttpHeaders.createOptimized("Strict-Transport-Security");
  private static final CharSequence A_YEAR =
      HttpHeaders.createOptimized("max-age=31536000; includeSubDomains");
  private static final CharSequence TYPE_OPTIONS =
      HttpHeaders.createOptimized("X-Content-Type-Options");
  private static final CharSequence NO_SNIFF = HttpHeaders.createOptimized("nosniff");
  private static final CharSequence REFERRER = HttpHeaders.createOptimized("Referrer-Policy");
  private static final CharSequence NO_REFERRER = HttpHeaders.createOptimized("no-referrer");
  private static final CharSequence XSS_FILTER = HttpHeaders.createOptimized("X-XSS-Protection");
  private static final CharSequence OFF = HttpHeaders.createOptimized("0");

  private SecurityHeaders() {}

  /// Whether every answer has this header, from the gateway itself; the id of the request is one.
  ///
  /// @param name in lower case
  public static boolean contain(String name) {
    return NAMES.contains(name);
  }

  static void write(HttpServerResponse response) {
    response
        .putHeader(HSTS, A_YEAR)
        .putHeader(TYPE_OPTIONS, NO_SNIFF)
        .putHeader(REFERRER, NO_REFERRER)
        .putHeader(XSS_FILTER, OFF);
  }
}
