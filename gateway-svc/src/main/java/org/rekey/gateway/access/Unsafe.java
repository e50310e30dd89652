package org.rekey.gateway.access;

/// Takes out of a text from outside what may be a credential: a token in a path, in the name of a
/// program, wherever somebody has put one by mistake.
///
/// A word of 40 characters or more, or one with `eyJ` in it (how the base64url of a JSON object
/// begins), could be one. What people name things with is shorter: a UUID has 36 characters.
public final class Unsafe {
  private static final int LONGEST_WORD = 39;
  private static final String JSON_BEGINS = "eyJ";
  private static final String TAKEN_OUT = "[removed]";

  private Unsafe() {}

  /// @param maxLength what is longer is cut, and ends in `…`
  public static String without(String text, int maxLength) {
    StringBuilder safe = new StringBuilder(Math.min(text.length(), maxLength) + 16);
    int i = 0;
    while (i < text.length() && safe.length() <= maxLength) {
      int end = i;
      while (end < text.length() && isOfAWord(text.charAt(end))) {
        end++;
      }
      if (end == i) {
        safe.append(text.charAt(i++));
      } else {
        String word = text.substring(i, end);
        safe.append(isSuspect(word) ? TAKEN_OUT : word);
        i = end;
      }
    }
    if (i < text.length() || safe.length() > maxLength) {
      safe.setLength(Math.min(safe.length(), maxLength));
      safe.append('…');
    }
    return safe.toString();
  }

  private static boolean isSuspect(String word) {
    return word.length() > LONGEST_WORD || isJson(word);
  }

  /// Whether a base64url of JSON begins in a word.
  public static boolean isJson(String word) {
    return word.contains(JSON_BEGINS);
  }

  /// The characters of base64, base64url, compact JWS and percent-encoding. The slash of base64
  /// stands between the parts of a path: both halves of a long word are long.
  private static boolean isOfAWord(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_'
        || c == '.'
        || c == '~'
        || c == '+'
        || c == '='
        || c == '%';
  }
}
