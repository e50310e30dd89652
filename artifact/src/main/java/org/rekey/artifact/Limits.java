package org.rekey.artifact;

/// How much an artifact may unpack to, in bytes: a few kilobytes can be made to unpack to any size.
///
/// @param header all of `header.tar`, the state scripts included
/// @param payload all payloads together
public record Limits(long header, long payload) {
  /// The header 64 MiB, the payloads 128 GiB.
  public static final Limits GENEROUS = new Limits(64L << 20, 128L << 30);

  /// Of `version`, `manifest`, `manifest.sig` and each JSON text in the header.
  static final int SMALL_FILE = 1 << 20;

  /// Of one list: scripts, payloads.
  static final int ENTRIES = 10_000;

  public Limits {
    if (header <= 0 || payload <= 0) {
      throw new IllegalArgumentException("limits: 0 or less (expected: bytes)");
    }
  }
}
