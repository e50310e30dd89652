package org.rekey.gateway.route;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// The path of a request that can be read in one way only, and its query as it came (with `?`, or
/// empty).
///
/// Two programs that read one path differently are how a request gets past a check. So nothing is
/// normalised here: what would need it is refused: dot segments, empty segments, `;` (`/..;/` is
/// `/../` to some), backslashes, control or non-ASCII characters, escapes that are broken, of
/// characters that need none (`%61` is `a`) or of bytes that are no UTF-8.
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
    for (int start = path.indexOf('/') + 1; start < path.length(); ) {
      int end = path.indexOf('/', start);
      int stop = end < 0 ? path.length() : end;
      if (stop > start && onlyDots(path, start, stop)) {
        return false;
      }
      start = stop + 1;
    }
    return path.indexOf(';') < 0;
  }

  private static boolean onlyDots(String path, int start, int stop) {
    for (int i = start; i < stop; i++) {
      if (path.charAt(i) != '.') {
        return false;
      }
    }
    return true;
  }

  private static boolean plainEscapes(String path) {
    int escape = path.indexOf('%');
    if (escape < 0) {
      return true;
    }
    ByteBuffer bytes = ByteBuffer.allocate(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c != '%') {
        bytes.put((byte) c);
        continue;
      }
      if (i + 2 >= path.length()) {
        return false;
      }
      int high = Character.digit(path.charAt(i + 1), 16);
      int low = Character.digit(path.charAt(i + 2), 16);
      if (high < 0 || low < 0 || !needsEscape(high * 16 + low)) {
        return false;
      }
      bytes.put((byte) (high * 16 + low));
      i += 2;
    }
    return isUtf8(bytes.flip());
  }

  /// What is no letter, digit or the like, and does not mean something else once it is decoded.
  private static boolean needsEscape(int decoded) {
    boolean unreserved =
        (decoded >= 'a' && decoded <= 'z')
            || (decoded >= 'A' && decoded <= 'Z')
            || (decoded >= '0' && decoded <= '9')
            || "-._~".indexOf(decoded) >= 0;
    return !unreserved && decoded >= ' ' && decoded != 0x7f && "/\\;%".indexOf(decoded) < 0;
  }

  private static boolean isUtf8(ByteBuffer bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(bytes);
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
