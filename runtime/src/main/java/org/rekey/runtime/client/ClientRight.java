package org.rekey.runtime.client;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// What a client may do, written `introspect-users` and so on.
public enum ClientRight {
  INTROSPECT_USERS,
  INTROSPECT_DEVICES,
  REVOKE_USERS,
  REVOKE_DEVICES;

  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Optional<ClientRight> of(String text) {
    return Arrays.stream(values()).filter(right -> right.text().equals(text)).findFirst();
  }

  /// All of them, in words.
  public static String all() {
    return Arrays.stream(values()).map(ClientRight::text).collect(joining(", "));
  }
}
