package org.rekey.useradm;

import java.util.regex.Pattern;

/// What ids look like. An id that cannot be is never asked for in the database, which could not
/// even hold every text that a caller may send.
final class Ids {
  private static final Pattern POSSIBLE = Pattern.compile("[!-~]{1,128}");
  private static final Pattern CHOSEN = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private Ids() {}

  /// Whether a user or token may have this id, wherever it was made.
  static boolean isPossible(String id) {
    return POSSIBLE.matcher(id).matches();
  }

  /// Whether a new user may be given this id.
  static boolean isChoosable(String id) {
    return CHOSEN.matcher(id).matches();
  }
}
