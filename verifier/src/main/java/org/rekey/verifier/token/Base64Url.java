package org.rekey.verifier.token;

import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// Base64url as RFC 7515 means it: no padding, no white space, one text for one value. The JDK's
/// decoder is fast but takes padding and any trailing bits, which would give one token several
/// spellings.
final class Base64Url {
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private Base64Url() {}

  static Optional<byte[]> decode(byte[] text, int from, int to) {
    var length = to - from;
    if ((length > 0 && text[to - 1] == '=') || hasTrailingBits(text, to, length % 4)) {
      return Optional.empty();
    }
    try {
      return Optional.of(DECODER.decode(Arrays.copyOfRange(text, from, to)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static boolean hasTrailingBits(byte[] text, int to, int remainder) {
    return switch (remainder) {
      case 2 -> (ALPHABET.indexOf(text[to - 1]) & 0xf) != 0;
      case 3 -> (ALPHABET.indexOf(text[to - 1]) & 0x3) != 0;
      default -> false;
    };
  }
}
