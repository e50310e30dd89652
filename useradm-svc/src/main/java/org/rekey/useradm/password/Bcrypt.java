package org.rekey.useradm.password;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/// Hashes that another system has made: `$2a$`, `$2b$` or `$2y$`. They are checked here and never
/// made.
final class Bcrypt {
  /// The algorithm sees no more of a password than this.
  private static final int MAX_BYTES = 72;

  private final String hash;

  private Bcrypt(String hash) {
    this.hash = hash;
  }

  /// A hash that no password has.
  static Bcrypt nobodys(int cost) {
    return new Bcrypt(
        "$2a$%02d$012345678901234567890u9TSswFBIwdKJt5izFBjw5qNSISWgBUe".formatted(cost));
  }

  static boolean isOne(String stored) {
    return stored.startsWith("$2");
  }

  /// @throws IllegalArgumentException for what is no bcrypt hash; the text is not in the message
  static Bcrypt parse(String stored) {
    if (stored.length() != 60) {
      throw new IllegalArgumentException(
          "stored password hash: not readable (expected: 60 characters of bcrypt)");
    }
    return new Bcrypt(stored);
  }

  /// A longer password never matches, whatever its first 72 bytes are: two passwords for one
  /// account would be one too many.
  boolean matches(byte[] password) {
    boolean whole = password.length <= MAX_BYTES;
    byte[] seen = whole ? password : "too long".getBytes(UTF_8);
    return OpenBSDBCrypt.checkPassword(hash, seen) && whole;
  }
}
