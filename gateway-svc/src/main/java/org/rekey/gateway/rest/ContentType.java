package org.rekey.gateway.rest;

import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a request with a body must say of it: the type that is expected, with any parameters.
final class ContentType {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final Pattern MEDIA_TYPE = Pattern.compile(TOKEN + "(/" + TOKEN + ")?");
  private static final Pattern PARAMETER =
      Pattern.compile(
          "\\s*;\\s*(?:("
              + TOKEN
              + ")\\s*=\\s*(?:"
              + TOKEN
              + "|\"(?:[^\"\\\\]++|\\\\.)*+\")\\s*)?");

  static final String JSON = "application/json";
  static final String FORM = "application/x-www-form-urlencoded";

  private ContentType() {}

  /// Why a body is refused.
  record Problem(int status, String text) {}

  static Optional<Problem> problem(@Nullable String header, String expected) {
    if (header == null || header.isBlank()) {
      return unreadable("mime: no media type");
    }
    int semicolon = header.indexOf(';');
    String mediaType = (semicolon < 0 ? header : header.substring(0, semicolon)).trim();
    if (!MEDIA_TYPE.matcher(mediaType).matches()) {
      return unreadable("mime: expected a media type");
    }
    if (semicolon >= 0 && !readable(header.substring(semicolon))) {
      return unreadable("mime: invalid media parameter");
    }
    return mediaType.toLowerCase(Locale.ROOT).equals(expected)
        ? Optional.empty()
        : Optional.of(new Problem(415, "Bad Content-Type, expected '" + expected + "'"));
  }

  private static boolean readable(String parameters) {
    Matcher matcher = PARAMETER.matcher(parameters);
    Set<String> names = new HashSet<>();
    int end = 0;
    while (end < parameters.length()) {
      matcher.region(end, parameters.length());
      if (!matcher.lookingAt()) {
        return false;
      }
      String name = matcher.group(1);
      if (name != null && !names.add(name.toLowerCase(Locale.ROOT))) {
        return false;
      }
      end = matcher.end();
    }
    return true;
  }

  private static Optional<Problem> unreadable(String why) {
    return Optional.of(new Problem(400, "Invalid value for Content-Type header: " + why));
  }
}
