package org.rekey.keystore;

/// What became of a manifest that was to be signed.
public sealed interface ManifestOutcome {
  /// @param signature the text of `manifest.sig`
  /// @param epoch the event that says so
  record Signed(String signature, long kid, long epoch) implements ManifestOutcome {}

  /// It is no manifest.
  record Malformed(String why) implements ManifestOutcome {}

  record NoSuchKey(String why) implements ManifestOutcome {}

  /// The key is not in the state for it, or devices do not verify its type.
  record NotThisKey(String why) implements ManifestOutcome {}

  /// No key can sign now.
  record NoKey(String why) implements ManifestOutcome {}
}
