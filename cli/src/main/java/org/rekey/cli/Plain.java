package org.rekey.cli;

import java.util.ArrayList;
import java.util.List;
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

  /// As [#line], in pieces that are no wider, broken between words where it can be.
  static List<String> wrapped(String text, int width) {
    List<String> pieces = new ArrayList<>();
    String rest = line(text);
    while (rest.length() > width) {
      int space = rest.lastIndexOf(' ', width);
      int end = space > 0 ? space : width;
      pieces.add(rest.substring(0, end));
      rest = rest.substring(end).stripLeading();
    }
    pieces.add(rest);
    return pieces;
  }
}
