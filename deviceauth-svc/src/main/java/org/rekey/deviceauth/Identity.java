package org.rekey.deviceauth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// What a device says that it is: a JSON object, in the one form that all ways to write it have in
/// common. Two identities are the same when these texts are.
///
/// @param json canonical; see [CanonicalJson]
public record Identity(String json) {
  private static final int MAX_BYTES = 8192;

  /// @param text a JSON object with at least one member, as anybody may write it
  public static Parsed parse(String text) {
    return switch (CanonicalJson.ofObject(text)) {
      case CanonicalJson.Flawed(String why) -> new Refused(why);
      case CanonicalJson.Canonical(String json) -> {
        if (json.equals("{}")) {
          yield new Refused("empty (expected: a JSON object with at least one member)");
        }
        int bytes = json.getBytes(UTF_8).length;
        yield bytes > MAX_BYTES
            ? new Refused("%d bytes (expected: at most %d)".formatted(bytes, MAX_BYTES))
            : new Usable(new Identity(json));
      }
    };
  }

  public byte[] sha256() {
    try {
      return MessageDigest.getInstance("SHA-256").digest(json.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /// What a text turned out to be.
  public sealed interface Parsed {}

  public record Usable(Identity identity) implements Parsed {}

  /// @param why what is wrong, and what is expected
  public record Refused(String why) implements Parsed {}
}
