package org.rekey.gateway.verdict;

import org.rekey.proto.auth.v1.Refused;

/// What a service says of a token.
public sealed interface Verdict {
  /// Good and live, now.
  ///
  /// @param expiresAt `exp`, in seconds since 1970; 0 when it never expires
  record Accepted(
      String subject,
      String tokenId,
      long kid,
      long expiresAt,
      org.rekey.proto.auth.v1.Accepted.Kind kind)
      implements Verdict {}

  /// Not good.
  record Rejected(Refused.Reason reason) implements Verdict {}

  /// Nobody can say now.
  record Unavailable(String cause) implements Verdict {}
}
