package org.rekey.gateway.verdict;

import org.rekey.proto.auth.v1.Refused;

/// What a service says of a token.
public sealed interface Verdict {
  /// Good and live, now.
  record Accepted(String subject, String tokenId, long kid) implements Verdict {}

  /// Not good.
  record Rejected(Refused.Reason reason) implements Verdict {}

  /// Nobody can say now.
  record Unavailable(String cause) implements Verdict {}
}
