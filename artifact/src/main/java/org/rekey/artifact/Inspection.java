package org.rekey.artifact;

/// What an artifact turned out to be.
public sealed interface Inspection {
  /// In order from its first byte to its last, and every checksum right. That says nothing of who
  /// made it: whether its signature is good is a question to an [ArtifactKey].
  record Sound(Artifact artifact) implements Inspection {}

  /// @param message what is wrong and what was expected, on one line
  record Damaged(Rule rule, String message) implements Inspection {}
}
