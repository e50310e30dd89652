package org.rekey.useradm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;

/// What a personal access token may be called.
final class TokenNames {
  private static final int MAX_BYTES = 4096;

  private TokenNames() {}

  /// To be written after the field's name.
  static Optional<String> problemOf(String name) {
    if (name.isEmpty()) {
      return Optional.of("cannot be blank");
    }
    if (name.length() > MAX_BYTES || name.getBytes(UTF_8).length > MAX_BYTES) {
      return Optional.of("the length must be no more than 4096");
    }
    return name.indexOf('\0') >= 0
        ? Optional.of("must not contain a zero character")
        : Optional.empty();
  }
}
