package org.rekey.verifier.serve;

import org.rekey.proto.auth.v1.Accepted;

/// What the registry says of a token that is live.
///
/// @param subject whose it is; a token that names somebody else is not this one
public record LiveToken(String subject, Kind kind) {

  /// What it was issued as.
  public enum Kind {
    USER_SESSION,
    PERSONAL_ACCESS_TOKEN,
    DEVICE;

    Accepted.Kind toProto() {
      return switch (this) {
        case USER_SESSION -> Accepted.Kind.KIND_USER_SESSION;
        case PERSONAL_ACCESS_TOKEN -> Accepted.Kind.KIND_PERSONAL_ACCESS_TOKEN;
        case DEVICE -> Accepted.Kind.KIND_DEVICE;
      };
    }
  }
}
