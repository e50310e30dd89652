package org.rekey.gateway.http;

import static java.util.stream.Collectors.joining;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.rekey.gateway.route.Audience;

/// The token that a request carries.
public sealed interface Credential {
  /// The cookie in which a browser has a user's token.
  String COOKIE = "JWT";

  Pattern PLAIN = Pattern.compile("[A-Za-z0-9._-]+");

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
        () -> request.headers().getAll(HttpHeaders.COOKIE),
        audience);
  }

  /// @param headers the values of `Authorization`
  /// @param cookies the values of `Cookie`
  static Credential of(List<String> headers, Supplier<List<String>> cookies, Audience audience) {
    if (headers.size() > 1) {
      return new Missing("malformed Authorization header");
    }
    if (headers.isEmpty()) {
      return audience == Audience.USERS ? ofCookie(cookies.get()) : none();
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

  private static Credential none() {
    return new Missing("Authorization not present in header");
  }

  /// Programs differ in what they make of a second cookie of a name, of quotes and of doubtful
  /// characters: they must all see the one that is judged.
  private static Credential ofCookie(List<String> cookies) {
    List<String> named = pairs(cookies).filter(Credential::isToken).toList();
    if (named.isEmpty()) {
      return none();
    }
    String prefix = COOKIE + "=";
    String pair = named.getFirst();
    if (named.size() > 1 || !pair.startsWith(prefix) || pair.length() == prefix.length()) {
      return new Missing("malformed cookie");
    }
    String value = pair.substring(prefix.length());
    return PLAIN.matcher(value).matches() ? token(value) : new Missing("malformed cookie");
  }

  /// The values of `Cookie` without what is named as the token's.
  static List<String> otherCookies(List<String> cookies) {
    return cookies.stream()
        .map(value -> pairs(List.of(value)).filter(pair -> !isToken(pair)).collect(joining("; ")))
        .filter(value -> !value.isEmpty())
        .toList();
  }

  private static Stream<String> pairs(List<String> cookies) {
    return cookies.stream()
        .flatMap(value -> Arrays.stream(value.split(";", -1)))
        .map(String::strip)
        .filter(pair -> !pair.isEmpty());
  }

  private static boolean isToken(String pair) {
    return pair.split("=", 2)[0].strip().equals(COOKIE);
  }

  private static Credential token(String text) {
    return new Token(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
