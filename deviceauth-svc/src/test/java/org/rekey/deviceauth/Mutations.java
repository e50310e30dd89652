package org.rekey.deviceauth;

import java.util.Arrays;
import java.util.Random;

/// Bytes and texts that were good before.
final class Mutations {
  private Mutations() {}

  /// One to three times.
  static byte[] of(byte[] bytes, Random random) {
    byte[] mutated = bytes.clone();
    for (int times = 1 + random.nextInt(3); times > 0; times--) {
      int at = random.nextInt(mutated.length);
      mutated =
          switch (random.nextInt(6)) {
            case 0 -> with(mutated, at, (byte) random.nextInt(256));
            case 1 -> with(mutated, at, (byte) "{}[]\":,\\\0e9-".charAt(random.nextInt(12)));
            case 2 -> Arrays.copyOf(mutated, Math.max(1, at));
            case 3 -> joined(mutated, at, Arrays.copyOfRange(mutated, at, mutated.length));
            case 4 -> joined(mutated, at, new byte[] {(byte) random.nextInt(256)});
            default -> with(mutated, at, (byte) (mutated[at] ^ 1 << random.nextInt(8)));
          };
    }
    return mutated;
  }

  static String of(String text, Random random) {
    int at = random.nextInt(text.length());
    return switch (random.nextInt(5)) {
      case 0 -> text.substring(at);
      case 1 -> text.substring(0, at);
      case 2 -> text.substring(0, at) + (char) random.nextInt(0x10000) + text.substring(at + 1);
      case 3 -> text + text;
      default -> text.substring(0, at) + "\r\n" + text.substring(at);
    };
  }

  private static byte[] with(byte[] bytes, int at, byte value) {
    bytes[at] = value;
    return bytes;
  }

  private static byte[] joined(byte[] bytes, int at, byte[] inserted) {
    byte[] joined = Arrays.copyOf(bytes, bytes.length + inserted.length);
    System.arraycopy(inserted, 0, joined, at, inserted.length);
    System.arraycopy(bytes, at, joined, at + inserted.length, bytes.length - at);
    return joined;
  }
}
