package org.rekey.verifier.follow;

/// How a record came.
enum Road {
  KAFKA,
  GRPC;

  /// The metric tag.
  String tag() {
    return switch (this) {
      case KAFKA -> "kafka";
      case GRPC -> "grpc";
    };
  }
}
