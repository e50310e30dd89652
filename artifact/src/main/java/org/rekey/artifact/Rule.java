package org.rekey.artifact;

import java.util.Locale;

/// What an artifact can break. The name is stable: scripts may ask for it.
public enum Rule {
  /// It is no tar archive, or one that two programs could read differently.
  TAR,
  /// It ends too early.
  TRUNCATED,
  /// A member is missing, twice, or where it does not belong.
  ORDER,
  /// `version` is not one of Mender's artifact formats 2 and 3.
  VERSION,
  /// `manifest` is not a list of checksums, or names what is not there.
  MANIFEST,
  /// Something is not what its checksum in the manifest says.
  CHECKSUM,
  /// A name could lead out of its place, or has characters that devices refuse.
  NAME,
  /// A compressed member cannot be unpacked.
  COMPRESSION,
  /// `header.tar` does not say what it must.
  HEADER,
  /// A payload is not what the header announces.
  PAYLOAD,
  /// Something is larger than anybody means it to be.
  LIMIT;

  /// As it is printed: `checksum`.
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
