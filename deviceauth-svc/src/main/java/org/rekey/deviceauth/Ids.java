package org.rekey.deviceauth;

import java.util.regex.Pattern;

/// What ids look like. An id that cannot be is never asked for in the database, which could not
/// even hold every text that a caller may send.
final class Ids {
  private static final Pattern POSSIBLE = Pattern.compile("[!-~]{1,128}");

  private Ids() {}

  static boolean isPossible(String id) {
    return POSSIBLE.matcher(id).matches();
  }
}
