package org.rekey.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

/// What every answer tells a browser. `preload` is not among it: that is a decision about a whole
/// domain, for its owner. `X-XSS-Protection: 0`, because the filter that `1` asks old browsers for
/// could itself be turned against a page (OWASP).
final class SecurityHeaders {
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

  static void write(HttpServerResponse response) {
    response
        .putHeader(HSTS, A_YEAR)
        .putHeader(TYPE_OPTIONS, NO_SNIFF)
        .putHeader(REFERRER, NO_REFERRER)
        .putHeader(XSS_FILTER, OFF);
  }
}
