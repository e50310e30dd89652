package org.rekey.gateway.http;

import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.route.Audience;

/// The token that a request carries.
public sealed interface Credential {
  /// The cookie in which a browser has a user's token.
  String COOKIE = "JWT";

  /// A token to ask about.
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  record Token(byte[] value) implements Credential {}

  /// No token, or one that cannot be read; the text is for the client.
  record Missing(String text) implements Credential {}

  /// `Authorization: Bearer …`, exactly once; for users also a cookie named `JWT` when there is no
  /// such header.
  static Credential of(HttpServerRequest request, Audience audience) {
    return of(
        request.headers().getAll(HttpHeaders.AUTHORIZATION),
        audience == Audience.USERS ? () -> value(request.getCookie(COOKIE)) : () -> "");
  }

  /// @param headers the values of `Authorization`
  /// @param cookie the value of the cookie `JWT`; empty for none
  static Credential of(List<String> headers, Supplier<String> cookie) {
    if (headers.size() > 1) {
      return new Missing("malformed Authorization header");
    }
    if (headers.isEmpty()) {
      String text = cookie.get();
      return text.isEmpty() ? new Missing("Authorization not present in header") : token(text);
    }
    String header = headers.getFirst();
    int space = header.indexOf(' ');
    if (space < 0 || space + 1 == header.length() || header.indexOf(' ', space + 1) >= 0) {
      return new Missing("malformed Authorization header");
    }
    return header.substring(0, space).equalsIgnoreCase("Bearer")
        ? token(header.substring(space + 1))
        : new Missing("unknown Authorization method");
  }

  private static String value(@Nullable Cookie cookie) {
    return cookie == null ? "" : cookie.getValue();
  }

  private static Credential token(String text) {
    return new Token(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
