package org.rekey.useradm;

import java.util.Locale;
import java.util.Optional;

/// What a password must be. The texts are what clients of the Mender server know.
final class PasswordRules {
  static final int MAX_BYTES = 256;
  private static final int MIN_BYTES = 8;

  private PasswordRules() {}

  /// The first rule that the password breaks.
  static Optional<String> problemOf(String password, Email email) {
    if (password.isEmpty()) {
      return Optional.of("password: cannot be blank");
    }
    if (!password.chars().allMatch(c -> c < 128)) {
      return Optional.of("password: must contain ASCII characters only");
    }
    if (password.length() < MIN_BYTES) {
      return Optional.of("password: must be minimum 8 characters long");
    }
    if (password.length() > MAX_BYTES) {
      return Optional.of("password: the length must be no more than 256");
    }
    if (password.toLowerCase(Locale.ROOT).contains(email.value())) {
      return Optional.of("password is too similar to the email");
    }
    return Optional.empty();
  }
}
