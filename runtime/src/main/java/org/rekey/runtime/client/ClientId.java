package org.rekey.runtime.client;

import java.util.regex.Pattern;

/// The names that clients can have.
public final class ClientId {
  /// For the text of an error.
  public static final String EXPECTED = "1 to 64 of A-Z a-z 0-9 . _ -";

  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private ClientId() {}

  public static boolean isOne(String text) {
    return FORM.matcher(text).matches();
  }
}
