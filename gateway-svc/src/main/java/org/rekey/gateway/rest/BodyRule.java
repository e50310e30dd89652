package org.rekey.gateway.rest;

/// What body an operation takes.
sealed interface BodyRule {
  /// No body; one that comes is not read.
  record None() implements BodyRule {}

  /// JSON of at most so many bytes.
  record Json(int maxBytes) implements BodyRule {}
}
