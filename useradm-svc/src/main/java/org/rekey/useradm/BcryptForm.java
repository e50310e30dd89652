package org.rekey.useradm;

import java.util.Optional;
import java.util.regex.Pattern;

/// The form of a password hash that another system has made. The cost is bounded, because every
/// login with it pays the price here: a hash of cost 31 would hold a thread for days.
final class BcryptForm {
  private static final Pattern FORM =
      Pattern.compile("\\$2[aby]\\$(?:0[4-9]|1[0-2])\\$[./A-Za-z0-9]{53}");

  private BcryptForm() {}

  /// To be written after the field's name; never holds the hash.
  static Optional<String> problemOf(String hash) {
    return FORM.matcher(hash).matches()
        ? Optional.empty()
        : Optional.of("must be a bcrypt hash ($2a$, $2b$, $2y$) of cost 4 to 12");
  }
}
