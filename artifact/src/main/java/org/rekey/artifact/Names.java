package org.rekey.artifact;

import java.util.regex.Pattern;

/// Names of files, which end up in the file systems of devices.
final class Names {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.,-]{1,255}");
  private static final Pattern UNPRINTABLE = Pattern.compile("[^\\x20-\\x7e]");
  private static final int LONGEST_SHOWN = 80;

  private Names() {}

  static void require(String name, String where) throws Damage {
    if (!PLAIN.matcher(name).matches() || name.equals(".") || name.equals("..")) {
      throw new Damage(
          Rule.NAME,
          "%s: the file name '%s' (expected: letters, digits and . , _ - alone, at most 255)"
              .formatted(where, shown(name)));
    }
  }

  /// Somebody else's text, made harmless for a terminal.
  static String shown(String text) {
    var plain = UNPRINTABLE.matcher(text).replaceAll("?");
    return plain.length() <= LONGEST_SHOWN ? plain : plain.substring(0, LONGEST_SHOWN) + "...";
  }
}
