package org.rekey.useradm.password;

import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A password's hash with everything that is needed to check it, written as a PHC string:
/// `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`. So a change of parameters leaves older hashes good.
final class PasswordHash {
  private static final Pattern PHC =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,9}),t=(\\d{1,9}),p=(\\d{1,9})"
              + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{16,86})");

  private final Argon2id cost;
  private final byte[] salt;
  private final byte[] hash;

  private PasswordHash(Argon2id cost, byte[] salt, byte[] hash) {
    this.cost = cost;
    this.salt = salt;
    this.hash = hash;
  }

  static PasswordHash of(byte[] password, byte[] salt, Argon2id cost, HashMemory memory) {
    return new PasswordHash(cost, salt, cost.hash(password, salt, Argon2id.HASH_BYTES, memory));
  }

  /// @throws IllegalArgumentException for anything but what [#phc] writes; the text is not in the
  /// message
  static PasswordHash parse(String phc) {
    Matcher matcher = PHC.matcher(phc);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "stored password hash: not readable (expected: a PHC string of argon2id)");
    }
    Argon2id cost = new Argon2id(number(matcher, 1), number(matcher, 2), number(matcher, 3));
    return new PasswordHash(cost, bytes(matcher, 4), bytes(matcher, 5));
  }

  /// Takes as long for a wrong password as for the right one.
  boolean matches(byte[] password, HashMemory memory) {
    return MessageDigest.isEqual(hash, cost.hash(password, salt, hash.length, memory));
  }

  boolean isMadeWith(Argon2id other) {
    return cost.equals(other);
  }

  String phc() {
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            cost.memoryKib(),
            cost.iterations(),
            cost.parallelism(),
            base64.encodeToString(salt),
            base64.encodeToString(hash));
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }

  private static byte[] bytes(Matcher matcher, int group) {
    return Base64.getDecoder().decode(matcher.group(group));
  }
}
