package org.rekey.artifact;

/// What became of an artifact that was to be signed.
public sealed interface SigningOutcome {
  /// It is signed, and on disk.
  record Signed(Artifact artifact) implements SigningOutcome {}

  /// It is damaged, and nothing was signed.
  record Damaged(Rule rule, String message) implements SigningOutcome {}

  /// It has a signature, which was not to be replaced.
  record SignedAlready() implements SigningOutcome {}

  /// What the signer gave is no signature of the key over the manifest.
  record WrongSignature(String why) implements SigningOutcome {}
}
