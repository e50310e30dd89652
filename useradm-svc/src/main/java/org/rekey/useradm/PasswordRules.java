package org.rekey.useradm;

import java.util.Locale;
import java.util.Optional;

/// What a password must be. The texts are what clients of the Mender server know.
final class PasswordRules {
  static final int MAX_BYTES = 256;
  private static final int MIN_BYTES = 8;

  private PasswordRules() {}

  /// Why this cannot be a password at all; to be written after the field's name.
  static Optional<String> malformed(String password) {
    if (password.isEmpty()) {
      return Optional.of("cannot be blank");
    }
    if (!password.chars().allMatch(c -> c < 128)) {
      return Optional.of("must contain ASCII characters only");
    }
    if (password.length() > MAX_BYTES) {
      return Optional.of("the length must be no more than 256");
    }
    return Optional.empty();
  }

  /// Why this password is too easy to guess.
  static Optional<String> weak(String password, Email email) {
    if (password.length() < MIN_BYTES) {
      return Optional.of("password: must be minimum 8 characters long");
    }
    String lower = password.toLowerCase(Locale.ROOT);
    return lower.contains(email.value()) || email.value().contains(lower)
        ? Optional.of("password is too similar to the email")
        : Optional.empty();
  }
}
