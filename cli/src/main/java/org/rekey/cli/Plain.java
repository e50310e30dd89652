package org.rekey.cli;

import java.util.regex.Pattern;

/// Text that somebody else chose, made harmless for a terminal.
final class Plain {
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}|\\p{Cf}");
  private static final int LONGEST = 60;

  private Plain() {}

  /// In one line, without what moves a cursor or hides letters.
  static String line(String text) {
    return CONTROL.matcher(text).replaceAll("�");
  }

  /// As [#line], and not too long.
  static String text(String text) {
    String shown = line(text);
    return shown.codePointCount(0, shown.length()) <= LONGEST
        ? shown
        : shown.substring(0, shown.offsetByCodePoints(0, LONGEST - 1)) + "…";
  }
}
