package org.rekey.gateway.rest;

/// What body an operation takes.
sealed interface BodyRule {
  /// No body; one that comes is not read.
  record None() implements BodyRule {}

  /// JSON of at most so many bytes.
  record Json(int maxBytes) implements BodyRule {}

  /// The fields of a form, `application/x-www-form-urlencoded`, of at most so many bytes. Its
  /// errors have OAuth's shape.
  record Form(int maxBytes) implements BodyRule {}
}
