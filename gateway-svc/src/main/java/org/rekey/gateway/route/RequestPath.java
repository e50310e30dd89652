package org.rekey.gateway.route;

import java.util.Optional;

/// The path of a request that can be read in one way only, and its query as it came (with `?`, or
/// empty).
///
/// Two programs that read one path differently are how a request gets past a check. So nothing is
/// normalised here: what would need it (dot segments, empty segments, encoded slashes or dots,
/// backslashes, control or non-ASCII characters, broken escapes) is refused.
public record RequestPath(String path, String query) {
  private static final int MAX_LENGTH = 8192;

  public static Optional<RequestPath> of(String target) {
    return of(target, false);
  }

  /// For a port behind which nothing is proxied: `//` is an empty segment and nothing else.
  public static Optional<RequestPath> withEmptySegments(String target) {
    return of(target, true);
  }

  private static Optional<RequestPath> of(String target, boolean emptySegments) {
    int mark = target.indexOf('?');
    String path = mark < 0 ? target : target.substring(0, mark);
    String query = mark < 0 ? "" : target.substring(mark);
    if (target.length() > MAX_LENGTH
        || !path.startsWith("/")
        || !printable(target)
        || (!emptySegments && path.contains("//"))
        || !plainSegments(path)
        || !plainEscapes(path)) {
      return Optional.empty();
    }
    return Optional.of(new RequestPath(path, query));
  }

  /// Whether the path is `prefix` or lies below it; `/a` does not cover `/ab`.
  public boolean isUnder(String prefix) {
    return path.startsWith(prefix)
        && (path.length() == prefix.length()
            || prefix.endsWith("/")
            || path.charAt(prefix.length()) == '/');
  }

  private static boolean printable(String target) {
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '\\' || c == '#') {
        return false;
      }
    }
    return true;
  }

  private static boolean plainSegments(String path) {
    return !path.contains("/./")
        && !path.contains("/../")
        && !path.endsWith("/.")
        && !path.endsWith("/..");
  }

  private static boolean plainEscapes(String path) {
    for (int i = path.indexOf('%'); i >= 0; i = path.indexOf('%', i + 1)) {
      if (i + 2 >= path.length()) {
        return false;
      }
      int high = Character.digit(path.charAt(i + 1), 16);
      int low = Character.digit(path.charAt(i + 2), 16);
      if (high < 0 || low < 0) {
        return false;
      }
      int decoded = high * 16 + low;
      if (decoded < ' '
          || decoded == 0x7f
          || decoded == '/'
          || decoded == '\\'
          || decoded == '.'
          || decoded == ';'
          || decoded == '%') {
        return false;
      }
    }
    return true;
  }
}
